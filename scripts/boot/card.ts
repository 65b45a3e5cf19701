/** A copy of the image as a card for the machine; the image itself is never opened for writing. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'

export type Partition = { start: number; bytes: number; type: number }

/** Bytes: QEMU's SD cards must be a power of two; larger than the image, so that there is something to grow into. */
export function cardSize(imageBytes: number): number {
  let size = 2 ** 31
  while (size <= imageBytes) size *= 2
  return size
}

/** A folder for one run. What runs that were killed left behind goes first. */
export function workFolder(cache: string): string {
  const parent = join(cache, 'boot')
  mkdirSync(parent, { recursive: true })
  for (const name of readdirSync(parent)) {
    if (!existsSync(`/proc/${name}`)) rmSync(join(parent, name), { recursive: true, force: true })
  }
  const folder = join(parent, String(process.pid))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  return folder
}

/** Unpacks sparsely. @returns the card's path. */
export async function makeCard(image: string, folder: string): Promise<string> {
  const card = join(folder, 'card.img')
  const run = $({ quiet: true })
  // xz leaves holes when its output is a regular file; -T0 unpacks the blocks of a multi-threaded archive side by side.
  if (image.endsWith('.xz')) await run`xz --decompress --stdout -T0 ${image} > ${card}`
  else if (image.endsWith('.zst')) await run`zstd --quiet --decompress --sparse -o ${card} ${image}`
  else await run`cp --sparse=always --reflink=auto ${image} ${card}`
  truncateSync(card, cardSize(statSync(card).size))
  return card
}

/** @returns the partitions of an MBR, in order; start and size in bytes. */
export async function readPartitions(disk: string): Promise<Partition[]> {
  const file = await open(disk)
  try {
    const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0)
    return parseMbr(buffer)
  } finally {
    await file.close()
  }
}

/** Four entries of 16 bytes from 446; sector numbers are little-endian, a sector 512 bytes. */
export function parseMbr(sector: Buffer): Partition[] {
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return []
  return [446, 462, 478, 494]
    .map(at => ({
      type: sector.readUInt8(at + 4),
      start: sector.readUInt32LE(at + 8) * 512,
      bytes: sector.readUInt32LE(at + 12) * 512,
    }))
    .filter(partition => partition.type !== 0)
}
