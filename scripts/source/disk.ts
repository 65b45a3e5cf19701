/** A rootfs from a disk image, without mounting it and without a loop device: Pi OS images, too. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { resolveIn } from '../stage/files.ts'
import { debugfs } from './debugfs.ts'
import { readExt4 } from './ext4.ts'
import type { Compression } from './kind.ts'
import { moveInto } from './move.ts'
import { isReadable, obstacle, type Partition, partitionsOf } from './partitions.ts'
import { orExplain, seen, type Unpack } from './problem.ts'
import { unpackedSize } from './space.ts'

const UNPACKED = 'disk.img'
const COPY = '.rootsmith-boot'

/** @param packed how the image is compressed. @throws UserError that says what is wrong with it. */
export async function readDisk(
  file: string,
  packed: Compression | undefined,
  shown: string,
  context: Unpack,
): Promise<void> {
  const image = packed ? await unpack(file, packed, shown, context) : file
  const inTools = packed ? `/work/${UNPACKED}` : seen(file)
  const partitions = await partitionsOf(image, inTools, shown, context)
  const root = await findRoot(partitions, inTools, shown, context)
  if (root.offset + root.bytes > statSync(image).size)
    throw new UserError(`${shown} is cut short: its ${named(root)} ends at byte ${root.offset + root.bytes}`)
  await readExt4({ shown, path: inTools, offset: root.offset }, context)
  await readBoot(partitions, inTools, shown, context)
  if (packed) rmSync(image)
}

/** With holes for zeroes: an image of 4 GB holds 2 GB of files. */
async function unpack(file: string, packed: Compression, shown: string, context: Unpack): Promise<string> {
  const { tools, work, progress } = context
  const image = join(work, UNPACKED)
  const total = await unpackedSize(file, packed, context)
  const message = `unpacking ${shown}`
  progress(message)
  const ticker = setInterval(
    () => progress(message, statSync(image, { throwIfNoEntry: false })?.size ?? 0, total, 'bytes'),
    500,
  )
  const done = tools`${packed.decompress} < ${seen(file)} | dd of=${`/work/${UNPACKED}`} bs=1M iflag=fullblock conv=sparse status=none`
  await orExplain(done, shown, () => undefined).finally(() => clearInterval(ticker))
  return image
}

const named = ({ number }: Partition): string => (number === 0 ? 'file system' : `partition ${number}`)

/** The ext4 partition that says which system it is (os-release(5)): others hold data, or an older system's copy. */
async function findRoot(partitions: Partition[], image: string, shown: string, context: Unpack): Promise<Partition> {
  const roots: Partition[] = []
  for (const partition of partitions.filter(({ content }) => content === 'ext4')) {
    const from = { shown: `${named(partition)} of ${shown}`, path: image, offset: partition.offset }
    const found = await debugfs(from, ['stat /etc/os-release', 'stat /usr/lib/os-release'], context)
    if (/^Inode: \d+/m.test(found)) roots.push(partition)
  }
  const [root, ...more] = roots
  if (root) {
    if (more.length > 0) context.log.warn(`${shown} holds ${roots.length} systems; that of its ${named(root)} is taken`)
    return root
  }
  const hidden = partitions.flatMap(partition => {
    const { content } = partition
    return content === undefined || isReadable(content) ? [] : [`its ${named(partition)} ${obstacle(content)}`]
  })
  const what = partitions.map(partition => `${named(partition)}: ${partition.content ?? 'unknown'}`).join(', ')
  throw new UserError(`${shown} has no ext4 file system with an /etc/os-release`, {
    hint: hidden.length > 0 ? hidden.join('\n') : `it has ${what || 'no partitions'}`,
  })
}

/** Copies the files of the boot partition to where the system mounts it. */
async function readBoot(partitions: Partition[], image: string, shown: string, context: Unpack): Promise<void> {
  const boot = partitions.find(({ content }) => content === 'fat')
  if (!boot) return
  const fstab = resolveIn(context.rootfs, 'etc/fstab')
  const target = existsSync(fstab) ? bootFolder(readFileSync(fstab, 'utf8')) : undefined
  if (target === undefined)
    return context.log.warn(`${shown}: its ${named(boot)} is left out, since /etc/fstab does not say where it belongs`)
  // Not straight to where it belongs: mcopy would write through a link that the root file system has there.
  const copy = join(context.rootfs, COPY)
  mkdirSync(copy)
  const mtools = ['env', 'TZ=UTC', 'LC_ALL=C.UTF-8', 'MTOOLSRC=/dev/null', 'MTOOLS_SKIP_CHECK=1']
  const at = `${image}@@${boot.offset}`
  await orExplain(
    context.tools`${mtools} mcopy -s -p -m -n -i ${at} ${'::*'} ${`/rootfs/${COPY}/`}`,
    shown,
    () => undefined,
  )
  const folder = resolveIn(context.rootfs, target)
  mkdirSync(folder, { recursive: true })
  moveInto(copy, folder)
}

/** @returns where an fstab(5) mounts a FAT below /boot: `/boot/firmware` on a Pi since Debian 12, `/boot` before. */
export function bootFolder(fstab: string): string | undefined {
  const rows = fstab.split('\n').map(line => line.trim().split(/\s+/))
  return rows.find(
    ([device = '#', target = '', type = '']) =>
      !device.startsWith('#') && /^\/boot(\/|$)/.test(target) && /^(vfat|msdos|auto)$/.test(type),
  )?.[1]
}
