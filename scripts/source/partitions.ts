/** What is on a disk image: its partitions, and what kind of file system each holds, by its first bytes. */
import { UserError } from '../lib/errors.ts'
import { headOf } from './kind.ts'
import type { Unpack } from './problem.ts'

export type Partition = {
  /** Counted from 1; 0 is an image without a partition table. */
  number: number
  /** Bytes from the start of the image. */
  offset: number
  bytes: number
  content: Content | undefined
}

export type Content = 'ext4' | 'fat' | keyof typeof UNREADABLE

/** Recognised, to say so. */
const UNREADABLE = {
  LUKS: 'is encrypted (LUKS): unlock it, and give what is in it as a folder or an archive',
  LVM: 'is a part of a volume group (LVM): give what is in it as a folder or an archive',
  btrfs: 'is btrfs: give what is in it as a folder or an archive',
  XFS: 'is XFS: give what is in it as a folder or an archive',
  F2FS: 'is F2FS: give what is in it as a folder or an archive',
  squashfs: 'is squashfs: unpack it by `unsquashfs` and give the folder',
  EROFS: 'is EROFS: unpack it by `fsck.erofs --extract` and give the folder',
} as const

/** Where a file system says what it is, in hex. ext2 and ext3 are read like ext4. */
const SIGNATURES: readonly [content: Content, offset: number, magic: string][] = [
  ['LUKS', 0, '4c554b53babe'],
  ['LVM', 512, '4c4142454c4f4e45'],
  ['XFS', 0, '58465342'],
  ['squashfs', 0, '68737173'],
  ['EROFS', 1024, 'e2e1f5e0'],
  ['F2FS', 1024, '1020f5f2'],
  ['btrfs', 65_600, '5f42485266535f4d'],
  ['ext4', 1080, '53ef'],
  ['fat', 54, '464154'],
  ['fat', 82, '4641543332'],
]
const LONGEST = 65_608

/** @param image a path of the runner. */
export function contentOf(image: string, offset: number): Content | undefined {
  const head = headOf(image, LONGEST, offset)
  return SIGNATURES.find(([, at, magic]) => head.toString('hex', at, at + magic.length / 2) === magic)?.[0]
}

export const isReadable = (content: Content | undefined): content is 'ext4' | 'fat' =>
  content === 'ext4' || content === 'fat'

/** Why a partition can't be read. */
export const obstacle = (content: keyof typeof UNREADABLE): string => UNREADABLE[content]

type Table = { partitiontable: { label: string; sectorsize?: number; partitions?: { start: number; size: number }[] } }

/** @param image a path of the runner; @param inTools the same for the tools. @throws UserError when there is neither a table nor a file system. */
export async function partitionsOf(
  image: string,
  inTools: string,
  shown: string,
  { tools }: Pick<Unpack, 'tools'>,
): Promise<Partition[]> {
  // First: the boot sector of a FAT looks like a partition table.
  const content = contentOf(image, 0)
  if (content) return [{ number: 0, offset: 0, bytes: 0, content }]
  const { stdout, exitCode } = await tools`sfdisk --json ${inTools}`.nothrow()
  if (exitCode !== 0)
    throw new UserError(`${shown} is no disk image: it has neither a partition table nor an ext4 file system`)
  const { sectorsize = 512, partitions = [] } = (JSON.parse(stdout) as Table).partitiontable
  return partitions.map(({ start, size }, index) => {
    const offset = start * sectorsize
    return { number: index + 1, offset, bytes: size * sectorsize, content: contentOf(image, offset) }
  })
}
