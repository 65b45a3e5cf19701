/** What flashing needs to know of a BSP, kept in the rootfs that was made with it: the BSP is not opened again for it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

const CHIPS = ['orin', 'thor', 'xavier'] as const

const facts = v.strictObject({
  /** Of Jetson Linux: `36.4.3`. */
  release: v.string(),
  /** Name of the BSP's archive. */
  archive: v.string(),
  /** What it takes unpacked, in bytes. */
  bytes: v.number(),
  boards: v.array(v.strictObject({ name: v.string(), chip: v.picklist([...CHIPS, '']), emmc: v.boolean() })),
  /** Partition layouts by chip, paths in Linux_for_Tegra: of a disk, and of a QSPI flash alone. */
  layouts: v.record(v.picklist(CHIPS), v.strictObject({ disk: v.string(), qspi: v.string() })),
})
export type BspFacts = v.InferOutput<typeof facts>

/** In the rootfs. */
export const FACTS = '/usr/lib/rootsmith/bsp.json'

export const formatFacts = (given: BspFacts): string => `${JSON.stringify(given, null, 2)}\n`

/** @param rootfs a path of the runner. */
export const readBspFacts = (rootfs: string): BspFacts =>
  v.parse(facts, JSON.parse(readFileSync(join(rootfs, FACTS), 'utf8')))
