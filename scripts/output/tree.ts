/** What a tree of files needs of an ext4 file system: counted from the files, not guessed from their bytes. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import type { OutputContext } from './table.ts'

export const BLOCK = 4096

/** Bytes of a directory's block that hold entries: the last 12 are its checksum (metadata_csum). */
const DIR_SPACE = BLOCK - 12
/** A target shorter than this is kept in the inode. */
const INLINE_SYMLINK = 60
/** What is left in a 256-byte inode after 128 bytes, 32 of extra fields and a 4-byte magic. */
const INLINE_XATTRS = 92
const XATTR_BLOCK = BLOCK - 32
const MAX_LINKS = 65_000

export type TreeNeeds = {
  /** Blocks of 4096 bytes for contents, directories, long symlinks and extended attributes. */
  blocks: number
  /** Files, folders, links …; hard links count once. */
  inodes: number
  /** Sum of the sizes of regular files; hard links count once. */
  bytes: number
}

export type Entry = {
  /** `f` file, `d` directory, `l` symlink, others as find(1) says. */
  type: string
  /** Device and inode: equal for hard links. */
  id: string
  links: number
  /** Of a file or symlink, in bytes. */
  size: number
  /** Relative to the root; '' for the root. Latin-1: one character is one byte, whatever the name's encoding. */
  path: string
  /** Bytes of extended attributes as ext4 stores them; 0 without any. */
  xattrs: number
}

/**
 * @param hide folder (relative) whose contents are left out
 * @throws UserError for what ext4 cannot hold
 */
export async function measureTree(context: Pick<OutputContext, 'tools' | 'work'>, hide?: string): Promise<TreeNeeds> {
  const { tools, work } = context
  // One process each for 40,000 entries: 0.1 s, against several for a stat a file from here.
  await tools`cd /rootfs && find . -printf ${'%y\\0%D:%i\\0%n\\0%s\\0%P\\0'} > /work/tree.list`
  // `-e hex` keeps newlines in values apart from newlines between them; `-m -` is every name space, not only user.*
  await tools`cd /rootfs && LC_ALL=C getfattr -R -P -h -d -m - -e hex . > /work/tree.xattrs`
  const list = await readFile(join(work, 'tree.list'), 'latin1')
  const xattrs = await readFile(join(work, 'tree.xattrs'), 'latin1')
  await Promise.all(['tree.list', 'tree.xattrs'].map(name => rm(join(work, name))))
  const inside = hide === undefined ? undefined : `${hide}/`
  return needs(parseTree(list, xattrs).filter(entry => !inside || !entry.path.startsWith(inside)))
}

/** @param list five NUL-ended fields an entry; `xattrs` getfattr's output. */
export function parseTree(list: string, xattrs: string): Entry[] {
  const sizes = parseXattrs(xattrs)
  const fields = list.split('\0')
  const entries: Entry[] = []
  for (let at = 0; at + 4 < fields.length; at += 5) {
    const [type = '', id = '', links = '', size = '', path = ''] = fields.slice(at, at + 5)
    entries.push({ type, id, links: Number(links), size: Number(size), path, xattrs: sizes.get(path) ?? 0 })
  }
  return entries
}

function parseXattrs(text: string): Map<string, number> {
  const sizes = new Map<string, number>()
  let path = ''
  for (const line of text.split('\n')) {
    // getfattr writes a byte it does not like in a name as a backslash and three octal digits.
    if (line.startsWith('# file: ')) {
      path = line.slice(8).replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
      if (path === '.') path = ''
      path = path.replace(/^\.\//, '')
    } else if (line !== '') {
      const at = line.indexOf('=')
      const name = at < 0 ? line : line.slice(0, at)
      const value = at < 0 ? 0 : (line.length - at - 3) / 2
      const bytes = 16 + roundUp4(name.length - name.indexOf('.') - 1) + roundUp4(value)
      sizes.set(path, (sizes.get(path) ?? 4) + bytes)
    }
  }
  return sizes
}

const roundUp4 = (value: number): number => Math.ceil(value / 4) * 4

/** @throws UserError for what ext4 cannot hold. */
export function needs(entries: Entry[]): TreeNeeds {
  const seen = new Set<string>()
  const directories = new Map<string, { blocks: number; used: number }>()
  const total: TreeNeeds = { blocks: 0, inodes: 0, bytes: 0 }
  // In the order in which mke2fs links them: how full a directory's blocks get depends on it.
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    refuse(entry)
    if (entry.path !== '') addEntry(directories, entry.path)
    if (entry.type === 'd') directories.set(entry.path, { blocks: 1, used: 24 })
    else if (entry.links > 1) {
      if (seen.has(entry.id)) continue
      seen.add(entry.id)
    }
    total.inodes++
    if (entry.xattrs > INLINE_XATTRS) total.blocks++
    if (entry.type === 'l' && entry.size >= INLINE_SYMLINK) total.blocks++
    if (entry.type !== 'f') continue
    total.bytes += entry.size
    const blocks = Math.ceil(entry.size / BLOCK)
    // Four extents are in the inode; one more block holds 340. An extent is at most 32,768 blocks long.
    total.blocks += blocks + (blocks > 4 * 32_768 ? Math.ceil(blocks / (340 * 1024)) + 1 : 0)
  }
  for (const { blocks } of directories.values()) total.blocks += blocks
  return total
}

function addEntry(directories: Map<string, { blocks: number; used: number }>, path: string): void {
  const slash = path.lastIndexOf('/')
  const directory = directories.get(slash < 0 ? '' : path.slice(0, slash))
  if (!directory) return
  const bytes = 8 + roundUp4(path.length - slash - 1)
  if (directory.used + bytes > DIR_SPACE) {
    directory.blocks++
    directory.used = 0
  }
  directory.used += bytes
}

function refuse(entry: Entry): void {
  const name = `/${Buffer.from(entry.path, 'latin1').toString('utf8')}`
  if (entry.xattrs > INLINE_XATTRS + XATTR_BLOCK)
    throw new UserError(
      `${name} has ${entry.xattrs} bytes of extended attributes; ext4 holds one block of ${BLOCK} a file`,
      {
        hint: 'see them with `getfattr -d -m - FILE` and remove what is not needed with `setfattr -x`',
      },
    )
  if (entry.type !== 'd' && entry.links > MAX_LINKS)
    throw new UserError(`${name} has ${entry.links} hard links; ext4 holds ${MAX_LINKS}`)
  if (entry.type === 'f' && entry.size > 16 * 1024 ** 4 - BLOCK)
    throw new UserError(`${name} is larger than 16 TiB, the largest file that ext4 holds`)
}
