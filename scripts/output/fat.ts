/** The boot partition: FAT, written into the image at an offset by mkfs.fat and mtools. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { type FatGeometry, readGeometry } from './fat-geometry.ts'
import { fatId } from './ids.ts'
import { GIB, inMiB, MIB, roundUp } from './size.ts'
import type { OutputContext } from './table.ts'

export type FatOptions = {
  /** The image, relative to the work folder; it exists and is long enough. */
  image: string
  /** Bytes from its start, a multiple of 512. */
  offset: number
  /** Bytes, a multiple of 1 MiB. */
  size: number
  /** Folder of the rootfs (relative) whose contents it gets. */
  source: string
}

/** A folder of the boot partition and the plain files in it, each in byte order. `path` is relative, '' for the top. */
export type FatFolder = { path: string; folders: string[]; files: { name: string; size: number }[] }

/** The earliest time that FAT knows: 1980-01-01. */
const FAT_EPOCH = 315_532_800
/** FAT32 needs 65,525 clusters of at least 512 bytes; the Pi's firmware reads FAT16, too. */
const FAT32_FROM = 64 * MIB

/** @throws UserError for what FAT cannot hold, or when it is too small. */
export async function writeFat(context: OutputContext, options: FatOptions): Promise<FatGeometry> {
  const { config, rootfs, work, sourceDateEpoch } = context
  const { image, offset, size, source } = options
  const folders = await listFolder(join(rootfs, source))
  const kind = size >= FAT32_FROM ? 32 : 16
  // -h: sectors before the file system, as its boot sector records them.
  const place = ['-h', offset / 512, '--offset', offset / 512, `/work/${image}`, size / 1024]
  // --invariant: fixed times and a fixed serial number, instead of those of now.
  await context.tools`mkfs.fat --invariant -i ${fatId(config.name)} -n bootfs -F ${kind} ${place}`
  const geometry = await readGeometry(join(work, image), offset)
  const needed = folders.reduce((sum, folder) => sum + clustersOf(folder, geometry), 0)
  if (needed > geometry.clusters) {
    const atLeast = inMiB(roundUp(needed * geometry.clusterBytes * 1.02, MIB) + 2 * MIB)
    throw new UserError(`/${source} does not fit into a boot partition of ${inMiB(size)}`, {
      hint: `set \`image.boot_size\` to ${atLeast} or more`,
    })
  }
  // mtools stamps what it writes with SOURCE_DATE_EPOCH, in local time.
  const epoch = Math.max(sourceDateEpoch, FAT_EPOCH)
  const env = ['env', 'TZ=UTC', 'LC_ALL=C.UTF-8', 'MTOOLSRC=/dev/null', `SOURCE_DATE_EPOCH=${epoch}`]
  const at = ['-i', `/work/${image}@@${offset}`]
  for (const folder of folders) {
    const from = folder.path === '' ? `/rootfs/${source}` : `/rootfs/${source}/${folder.path}`
    const inside = (name: string): string => (folder.path === '' ? `::/${name}` : `::/${folder.path}/${name}`)
    // One call a folder, names in order: clusters are handed out in that order, whatever readdir says.
    if (folder.folders.length > 0) await context.tools`${env} mmd ${at} ${folder.folders.map(inside)}`
    const files = folder.files.map(file => `${from}/${file.name}`)
    if (files.length > 0) await context.tools`${env} mcopy ${at} ${files} ${inside('')}`
  }
  return geometry
}

/**
 * @param root absolute path; nothing is listed when there is no such folder
 * @throws UserError for what FAT cannot hold: links, devices, names with `:` …, files of 4 GiB
 */
export async function listFolder(root: string, path = ''): Promise<FatFolder[]> {
  const found = await readdir(join(root, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && path === '') return []
    throw error
  })
  const entries = found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  const folder: FatFolder = { path, folders: [], files: [] }
  const names = new Map<string, string>()
  for (const entry of entries) {
    const shown = join('/boot/firmware', path, entry.name)
    const twin = names.get(entry.name.toLowerCase())
    if (twin) refuse(`${shown} and \`${twin}\` are the same name there`)
    names.set(entry.name.toLowerCase(), entry.name)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/["*:<>?\\|\u0000-\u001f]|[. ]$/.test(entry.name)) refuse(`${shown} is no name there`)
    if (entry.isDirectory()) folder.folders.push(entry.name)
    else if (entry.isFile()) {
      const { size } = await stat(join(root, path, entry.name))
      if (size >= 4 * GIB) refuse(`${shown} is 4 GiB or larger`)
      folder.files.push({ name: entry.name, size })
    } else refuse(`${shown} is neither a file nor a folder`)
  }
  const below = await Promise.all(folder.folders.map(name => listFolder(root, path === '' ? name : `${path}/${name}`)))
  return [folder, ...below.flat()]
}

function refuse(what: string): never {
  throw new UserError(`the boot partition is FAT, and cannot hold this: ${what}`, {
    hint: 'rename or remove it in a stage script',
  })
}

function clustersOf(folder: FatFolder, { clusterBytes }: FatGeometry): number {
  const names = [...folder.folders, ...folder.files.map(file => file.name), '.', '..']
  // A name takes an entry of 32 bytes, and one more for every 13 letters of its long form.
  const entries = names.reduce((sum, name) => sum + 1 + Math.ceil(name.length / 13), 1)
  const contents = folder.files.reduce((sum, file) => sum + Math.ceil(file.size / clusterBytes), 0)
  return Math.ceil((entries * 32) / clusterBytes) + contents
}
