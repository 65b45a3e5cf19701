/** For which architecture programs are: elf(5). */
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { FOREIGN } from '../sandbox/arch.ts'

const ARCHES = new Map(Object.entries(FOREIGN).map(([arch, { machine }]) => [machine as number, arch as Arch]))

/** Bytes of a program's start that are looked at. */
export const ELF_BYTES = 20

/** @returns the architecture of a program or shared library; none for what is neither, such as kernel modules and firmware. */
export function archOfElf(head: Uint8Array): Arch | undefined {
  if (head.length < ELF_BYTES || Buffer.from(head.subarray(0, 4)).toString('latin1') !== '\x7fELF') return undefined
  const [type, machine] = [(head[16] ?? 0) + (head[17] ?? 0) * 256, (head[18] ?? 0) + (head[19] ?? 0) * 256]
  // ET_EXEC and ET_DYN; all that Debian has is little-endian.
  return type === 2 || type === 3 ? ARCHES.get(machine) : undefined
}

/** So many that agree are enough: a rootfs may hold a few programs of another architecture. */
const ENOUGH = 12

/** Takes one answer after another. `most` is the commonest; `sure` once so many were the same. */
export function ballot(): { add(arch: Arch | undefined): void; most(): Arch | undefined; sure(): boolean } {
  const counts = new Map<Arch, number>()
  const ranked = (): [Arch, number][] => [...counts].sort(([, a], [, b]) => b - a)
  return {
    add: arch => void (arch && counts.set(arch, (counts.get(arch) ?? 0) + 1)),
    most: () => ranked()[0]?.[0],
    sure: () => (ranked()[0]?.[1] ?? 0) >= ENOUGH,
  }
}

/** @param root a rootfs. Links are passed by: an absolute one means another file out here. */
export function archOfFolder(root: string): Arch | undefined {
  const votes = ballot()
  const head = Buffer.alloc(ELF_BYTES)
  for (const folder of ['usr/bin', 'bin', 'usr/sbin', 'sbin']) {
    for (const name of entries(join(root, folder))) {
      const file = join(root, folder, name)
      if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) continue
      const handle = openSync(file, 'r')
      votes.add(archOfElf(head.subarray(0, readSync(handle, head))))
      closeSync(handle)
      if (votes.sure()) return votes.most()
    }
  }
  return votes.most()
}

function entries(folder: string): string[] {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder) : []
  } catch {
    return []
  }
}
