/** How each target is flashed; a target without an entry has no .run. */
import { jetson } from './jetson.ts'
import { rpi } from './rpi.ts'
import type { FlashTable } from './table.ts'

export const flashes: FlashTable = { rpi, jetson }
