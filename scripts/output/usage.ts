/** Which blocks of an image its file systems rely on, zeroes included: the bmap must name them all. */
import { join } from 'node:path'
import { ext4Usage } from './ext4.ts'
import { readGeometry, usedLength } from './fat-geometry.ts'
import type { OutputContext } from './table.ts'
import { BLOCK } from './tree.ts'

export type Partitions = {
  /** The image, relative to the work folder. */
  image: string
  /** Bytes, multiples of 4096. */
  boot: { offset: number; size: number }
  root: { offset: number; size: number }
}

/** @returns a byte a block of the image; 1 where a file system has allocated it. */
export async function blocksInUse(context: OutputContext, { image, boot, root }: Partitions): Promise<Uint8Array> {
  const inUse = new Uint8Array((root.offset + root.size) / BLOCK)
  const path = join(context.work, image)
  // FAT hands out clusters in order, so that what is in use ends somewhere; holes between do not pay.
  const length = await usedLength(path, boot.offset, await readGeometry(path, boot.offset))
  inUse.fill(1, boot.offset / BLOCK, Math.ceil((boot.offset + length) / BLOCK))
  // Zeroes that matter in ext4: inode tables, the journal (a stale one with the same UUID might be replayed).
  const first = root.offset / BLOCK
  inUse.fill(1, first, first + root.size / BLOCK)
  for (const block of (await ext4Usage(context, { image, offset: root.offset })).free) inUse[first + block] = 0
  return inUse
}
