/** What `just bench` is made of, in the order in which it runs: an entry each. */
import type { Bench } from './bench.ts'
import { compareTrees } from './identity.ts'
import { measureImage } from './image.ts'
import { measureArmhf, measureList } from './list.ts'
import { measurePeers } from './peers.ts'
import { measurePi } from './pi.ts'
import { measureRun } from './run-file.ts'

/** `extra` parts run only when they are named. */
type Part = { name: string; extra?: true; run(bench: Bench): Promise<void> }

export const PARTS: readonly Part[] = [
  { name: 'pi', run: measurePi },
  { name: 'image', run: measureImage },
  { name: 'run', run: measureRun },
  { name: 'list', run: measureList },
  { name: 'armhf', extra: true, run: measureArmhf },
  { name: 'peers', run: measurePeers },
  // Last: nothing in it is timed.
  { name: 'identity', run: compareTrees },
]

export const SUITES = ['bookworm', 'trixie'] as const

/** @param names none means all but the extra ones. Their order is that of the table, whatever was typed. */
export const wanted = (names: readonly string[]): Part[] =>
  PARTS.filter(({ name, extra }) => (names.length === 0 ? !extra : names.includes(name)))
