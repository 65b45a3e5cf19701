/** Reading ext4 without mounting it: batches of commands for debugfs(8), and what it answers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { type Unpack, unseen } from './problem.ts'

export type FileSystem = {
  /** How the user knows it. */
  shown: string
  /** Of the image, as the tools see it. */
  path: string
  /** Bytes from its start. */
  offset: number
}

/** Of a file or folder in the file system; `path` holds its bytes as Latin-1, as names are any bytes. '' is the root. */
export type Entry = { inode: number; mode: number; uid: number; gid: number; size: number; path: string }

const DAMAGED = 'its ext4 file system is damaged or cut short; `e2fsck -f` may mend a copy of it'

/**
 * @returns what debugfs printed, bytes as Latin-1: after each `debugfs: COMMAND` a command's answer.
 * @throws UserError for what it complains about, as it exits with 0 whatever happened.
 */
export async function debugfs(
  { shown, path, offset }: FileSystem,
  commands: readonly string[],
  { tools, work }: Pick<Unpack, 'tools' | 'work'>,
): Promise<string> {
  writeFileSync(join(work, 'debugfs.in'), `${commands.join('\n')}\n`)
  // By files: a listing of 60,000 names is nothing for the log.
  const device = `${path}?offset=${offset}`
  await tools`debugfs -f /work/debugfs.in ${device} > /work/debugfs.out 2> /work/debugfs.err`
  const complaint = readFileSync(join(work, 'debugfs.err'), 'utf8')
    .split('\n')
    .find(line => line && !/^debugfs |mtab file|File not found by ext2_lookup/.test(line))
  if (complaint)
    throw new UserError(`${shown} cannot be read: ${unseen(complaint)}`, {
      hint: DAMAGED,
    })
  return readFileSync(join(work, 'debugfs.out'), 'latin1')
}

/** A name may hold a newline but no slash, so that an entry ends where its last slash does. */
const ENTRY = /\/(\d+)\/(\d+)\/(\d+)\/(\d+)\/([^/]*)\/(\d*)\/\n/y

/** Everything in the file system, folders before what is in them; without lost+found. */
export async function listTree(from: FileSystem, context: Pick<Unpack, 'tools' | 'work'>): Promise<Entry[]> {
  const all: Entry[] = []
  // What no file system has that is whole, and what one made to do harm may have: it would be written through a link.
  const [paths, inodes] = [new Set<string>(), new Set<number>([2])]
  let folders: Entry[] = [{ inode: 2, mode: 0o40755, uid: 0, gid: 0, size: 0, path: '' }]
  while (folders.length > 0) {
    const commands = folders.map(({ inode }) => `ls -l -p <${inode}>`)
    const found = parseListings(await debugfs(from, commands, context), folders)
    const inside = found.filter(({ path }) => !/(^|\/)\.{1,2}$/.test(path) && path !== 'lost+found')
    for (const entry of inside) {
      const { inode, mode, path } = entry
      const wrong =
        (mode === 0 && 'nothing is left of') ||
        (paths.has(path) && 'there are two of') ||
        (isFolder(mode) && inodes.has(inode) && 'more than one way leads to')
      if (wrong) throw new UserError(`${from.shown} cannot be read: ${wrong} /${path}`, { hint: DAMAGED })
      paths.add(path)
      if (isFolder(mode)) inodes.add(inode)
    }
    for (const entry of found) if (entry.inode === 2) all.unshift({ ...entry, path: '' })
    all.push(...inside)
    folders = inside.filter(({ mode }) => isFolder(mode))
  }
  // The root is found as its own `.` and as the `..` of what is in it.
  return all.filter(({ inode }, index) => inode !== 2 || index === 0)
}

export const isFolder = (mode: number): boolean => (mode & 0o170000) === 0o040000

/** @param folders whose listings these are, in order. @throws UserError for names that hold a slash. */
export function parseListings(text: string, folders: readonly Pick<Entry, 'inode' | 'path'>[]): Entry[] {
  const entries: Entry[] = []
  let at = 0
  for (const { inode, path: folder } of folders) {
    const echo = `debugfs: ls -l -p <${inode}>\n`
    const start = text.indexOf(echo, at)
    if (start < 0) throw new Error(`debugfs did not list inode ${inode}`)
    ENTRY.lastIndex = start + echo.length
    at = ENTRY.lastIndex
    for (let match = ENTRY.exec(text); match; match = ENTRY.exec(text)) {
      at = ENTRY.lastIndex
      const [, number, mode = '', uid, gid, name, size] = match
      if (Number(number) === 0) continue
      entries.push({
        inode: Number(number),
        mode: Number.parseInt(mode, 8),
        uid: Number(uid),
        gid: Number(gid),
        size: Number(size),
        path: folder === '' ? String(name) : `${folder}/${name}`,
      })
    }
    if (!/^\n?(debugfs: |$)/.test(text.slice(at, at + 10)))
      throw new UserError(`the folder /${folder} has a name that is none`, { hint: DAMAGED })
  }
  return entries
}

/** Attributes that an inode has: name → value in hex. */
export async function listAttributes(
  from: FileSystem,
  inodes: readonly number[],
  context: Pick<Unpack, 'tools' | 'work'>,
): Promise<Map<number, Record<string, string>>> {
  const listed = await debugfs(
    from,
    inodes.map(inode => `ea_list <${inode}>`),
    context,
  )
  const names = [...listed.matchAll(/^debugfs: ea_list <(\d+)>\n(?:Extended attributes:\n((?: {2}.*\n)+))?/gm)].flatMap(
    ([, inode, lines = '']) =>
      [...lines.matchAll(/^ {2}([\w.-]+) \(\d+\)/gm)].map(([, name]) => [inode, name] as const),
  )
  const values = new Map<number, Record<string, string>>()
  if (names.length === 0) return values
  // One by one, in hex: the list shows some values as text, in which a backslash may be one or not.
  const asked = await debugfs(
    from,
    names.map(([inode, name]) => `ea_get -x <${inode}> ${name}`),
    context,
  )
  for (const [, inode, name = '', hex = ''] of asked.matchAll(
    /^debugfs: ea_get -x <(\d+)> (\S+)\n[^\n]* \(\d+\)(?: =((?: [0-9a-f]{2})*))?/gm,
  ))
    values.set(Number(inode), { ...values.get(Number(inode)), [name]: hex.replaceAll(' ', '') })
  return values
}
