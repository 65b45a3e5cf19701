/** A tree out of an ext4 file system that is not mounted. debugfs copies contents; what it leaves out is put right after it. */
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statfsSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { debugfs, type Entry, type FileSystem, isFolder, listAttributes, listTree } from './debugfs.ts'
import { moveInto } from './move.ts'
import type { Unpack } from './problem.ts'
import { requireSpace } from './space.ts'

/** In the rootfs, so that its files need not be copied once more. */
const COPY = '.rootsmith-copy'
/**
 * At the top: mounted while we build, and empty in an image (root.ts makes them); e2fsck's own folder comes with each file
 * system.
 */
const LEFT_OUT = new Set(['proc', 'sys', 'dev', 'run', 'tmp', 'lost+found'])
/** Files this large may be mostly holes, which debugfs writes as zeroes. */
const MAY_BE_SPARSE = 2 ** 20
const kindOf = ({ mode }: Entry): number => mode & 0o170000
const [FIFO, CHARACTER, BLOCK, REGULAR, LINK, SOCKET] = [0o010000, 0o020000, 0o060000, 0o100000, 0o120000, 0o140000]
const isDevice = (entry: Entry): boolean => [CHARACTER, BLOCK].includes(kindOf(entry))

export async function readExt4(from: FileSystem, context: Unpack): Promise<void> {
  const { rootfs, work, progress, log } = context
  const stats = await debugfs(from, ['stats -h'], context)
  const field = (name: string): number => Number(new RegExp(`^${name}: *(\\d+)$`, 'm').exec(stats)?.[1])
  const used = (field('Block count') - field('Free blocks')) * field('Block size')
  requireSpace(from.shown, used, work)
  if (/^Filesystem features:.*needs_recovery/m.test(stats))
    log.warn(`${from.shown} was not unmounted cleanly: what was written to it last may be missing`)
  const entries = await listTree(from, context)

  const copy = join(rootfs, COPY)
  mkdirSync(copy)
  const free = (): number => statfsSync(rootfs).bavail * statfsSync(rootfs).bsize
  const before = free()
  const say = (): void => progress(`reading ${from.shown}`, Math.max(0, Math.min(used, before - free())), used, 'bytes')
  const ticker = setInterval(say, 500)
  await debugfs(from, [`rdump / /rootfs/${COPY}`], context).finally(() => clearInterval(ticker))

  const at = (entry: Entry): Buffer => Buffer.concat([Buffer.from(`${copy}/`), Buffer.from(entry.path, 'latin1')])
  // Making files in a folder changes its time.
  const times = entries
    .filter(({ mode }) => isFolder(mode))
    .map(entry => ({ path: at(entry), stat: lstatSync(at(entry)) }))
  await makePipes(entries, at, context)
  linkAgain(entries, at)
  for (const entry of entries) {
    // As it changes the owner after the mode, the kernel takes setuid and setgid away; the sticky bit it never sets.
    if (entry.mode & 0o7000 && (kindOf(entry) === REGULAR || isFolder(entry.mode)))
      chmodSync(at(entry), entry.mode & 0o7777)
    // Links are made, and left to whoever made them.
    if (kindOf(entry) === LINK) lchownSync(at(entry), entry.uid, entry.gid)
    if (entry.path === '') chownSync(copy, entry.uid, entry.gid)
  }
  await restoreAttributes(from, entries, context)
  await digHoles(entries, at, context)
  for (const { path, stat } of times.reverse()) utimesSync(path, stat.atime, stat.mtime)
  moveInto(copy, rootfs, LEFT_OUT)
}

/** A list of names for xargs(1), by a file as they are any bytes: NUL ends each. @returns its name for the tools. */
function nameList(entries: readonly Entry[], { work }: Unpack): string {
  writeFileSync(join(work, 'names'), Buffer.from(entries.map(({ path }) => `${path}\0`).join(''), 'latin1'))
  return '/work/names'
}

async function digHoles(entries: readonly Entry[], at: (entry: Entry) => Buffer, context: Unpack): Promise<void> {
  const large = entries.filter(entry => kindOf(entry) === REGULAR && entry.size > MAY_BE_SPARSE)
  if (large.length === 0) return
  const stats = large.map(entry => lstatSync(at(entry)))
  await context.tools`cd ${`/rootfs/${COPY}`} && xargs -0 -n 1 fallocate --dig-holes -- < ${nameList(large, context)}`
  for (const [index, { atime, mtime }] of stats.entries()) utimesSync(at(large[index] as Entry), atime, mtime)
}

/** What debugfs passes by: pipes are made, device nodes (outside of /dev, which is empty in an image) can't be. */
async function makePipes(entries: readonly Entry[], at: (entry: Entry) => Buffer, context: Unpack): Promise<void> {
  const pipes = entries.filter(entry => kindOf(entry) === FIFO)
  if (pipes.length > 0) await context.tools`cd ${`/rootfs/${COPY}`} && xargs -0 mkfifo -- < ${nameList(pipes, context)}`
  for (const entry of pipes) {
    chownSync(at(entry), entry.uid, entry.gid)
    chmodSync(at(entry), entry.mode & 0o7777)
  }
  const devices = entries.filter(entry => isDevice(entry) && !entry.path.startsWith('dev/'))
  if (devices.length > 0)
    context.log.warn(
      `left out, as a sandbox can't make device nodes: ${devices.map(({ path }) => `/${path}`).join(', ')}`,
    )
}

/** rdump copies a file as often as it has names. */
function linkAgain(entries: readonly Entry[], at: (entry: Entry) => Buffer): void {
  const first = new Map<number, Entry>()
  for (const entry of entries) {
    if (isFolder(entry.mode) || isDevice(entry) || kindOf(entry) === SOCKET) continue
    const original = first.get(entry.inode)
    if (!original) first.set(entry.inode, entry)
    else {
      rmSync(at(entry), { force: true })
      linkSync(at(original), at(entry))
    }
  }
}

async function restoreAttributes(from: FileSystem, entries: readonly Entry[], context: Unpack): Promise<void> {
  const there = entries.filter(entry => !isDevice(entry) && kindOf(entry) !== SOCKET)
  const names = new Map(there.map(({ inode, path }) => [inode, path]))
  const found = await listAttributes(from, [...names.keys()], context)
  if (found.size === 0) return
  // The format of getfattr --dump: what is special in a name is written in octal.
  const quoted = (path: string): string =>
    (path || '.').replace(/[^\x21-\x5b\x5d-\x7e]/g, c => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
  const lines = [...found].map(
    ([inode, attributes]) =>
      `# file: ${quoted(names.get(inode) ?? '')}\n${Object.entries(attributes)
        .filter(([name]) => !name.startsWith('trusted.'))
        .map(([name, hex]) => `${name}=0x${hex}\n`)
        .join('')}\n`,
  )
  writeFileSync(join(context.work, 'attributes'), lines.join(''))
  const done =
    await context.tools`cd ${`/rootfs/${COPY}`} && setfattr --no-dereference --restore=/work/attributes`.nothrow()
  if (done.exitCode !== 0)
    throw new UserError(`attributes of ${from.shown} cannot be set: ${done.stderr.split('\n')[0]}`)
}
