/** How long an ext4 file system must be for what goes into it: contents, and what mke2fs itself writes. */
import { GIB, KIB, MIB, roundUp } from './size.ts'
import { BLOCK, type TreeNeeds } from './tree.ts'

export const INODE_SIZE = 256
/** Blocks that the file system can grow to: the group descriptors of a terabyte have room, in each of their copies. */
export const LARGEST = (1024 * GIB) / BLOCK
/** Blocks for root only, in percent: a full disk can still be logged in to. */
export const RESERVED_PERCENT = 1

/** Blocks of a block group. */
const GROUP = 32_768
const DESCRIPTOR_SIZE = 64
const RESERVED_DESCRIPTORS = Math.ceil(((LARGEST / GROUP) * DESCRIPTOR_SIZE) / BLOCK)
/** Below 16 MiB a journal of 4 MiB is too large for mke2fs. */
const SMALLEST = 4096

export type Ext4Layout = {
  /** Length in blocks of 4096 bytes; a multiple of 4 MiB, the erase block of common cards. */
  blocks: number
  inodes: number
  /** MiB. */
  journal: number
}

/**
 * @param free bytes that an ordinary user can still write
 * @returns the smallest layout that holds `tree`
 */
export function layOut(tree: TreeNeeds, free: number): Ext4Layout {
  // mke2fs's own steps, but taken from the contents: the file system grows on the card, its journal does not.
  const journal = tree.blocks * BLOCK > 512 * MIB ? 64 : tree.blocks * BLOCK > 64 * MIB ? 16 : 4
  // lost+found has 4 blocks; the extra half percent is for what one counts only afterwards, as extents split by metadata.
  const contents = Math.ceil(tree.blocks * 1.005) + 4 + (journal * MIB) / BLOCK + Math.ceil(free / BLOCK)
  let blocks = Math.max(contents, SMALLEST)
  for (;;) {
    // Files to come: as many again for the free space as mke2fs would give, at least a tenth more than there are.
    const inodes = Math.max(Math.ceil(tree.inodes * 1.1) + 64, Math.ceil((blocks * BLOCK) / (16 * KIB)))
    const total = Math.ceil((contents + metadata(blocks, inodes)) / (1 - RESERVED_PERCENT / 100))
    if (total <= blocks) return { blocks: roundUp(blocks, (4 * MIB) / BLOCK), inodes, journal }
    blocks = total
  }
}

function metadata(blocks: number, inodes: number): number {
  const groups = Math.ceil(blocks / GROUP)
  // mke2fs rounds the inodes of each group up to whole blocks, and to a multiple of 8.
  const tables = groups * Math.ceil(roundUp(inodes / groups, 16) / (BLOCK / INODE_SIZE))
  const copies = Array.from({ length: groups }, (_, group) => group).filter(holdsBackup).length
  const descriptors = Math.ceil((groups * DESCRIPTOR_SIZE) / BLOCK) + RESERVED_DESCRIPTORS
  return groups * 2 + tables + copies * (1 + descriptors)
}

/** sparse_super: the superblock is repeated in groups 0, 1 and the powers of 3, 5 and 7. */
function holdsBackup(group: number): boolean {
  return group <= 1 || [3, 5, 7].some(base => base ** Math.round(Math.log(group) / Math.log(base)) === group)
}
