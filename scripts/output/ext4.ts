/** The root file system: ext4, written by `mke2fs -d` into the image at an offset, without mounting anything. */
import { existsSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { TRUSTED } from '../preload/trusted.ts'
import { type Ext4Layout, INODE_SIZE, LARGEST, RESERVED_PERCENT } from './ext4-layout.ts'
import { fsUuid } from './ids.ts'
import { MIB, roundUp } from './size.ts'
import type { OutputContext } from './table.ts'
import { BLOCK } from './tree.ts'

/**
 * Named one by one, so that neither the tools' mke2fs.conf nor a later e2fsprogs changes what a device must support:
 * no orphan_file and no metadata_csum_seed, which e2fsprogs before 1.47 (and boot loaders) do not know.
 * resize_inode, 64bit and `-E resize=` keep it growable while mounted.
 */
const FEATURES = [
  'has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file',
  'dir_nlink,extra_isize,metadata_csum',
].join(',')

const ATTEMPTS = 6

export type Ext4Options = {
  /** The image, relative to the work folder. It is made longer as needed. */
  image: string
  /** Bytes from its start. */
  offset: number
  layout: Ext4Layout
  /** Folder of the rootfs (relative) that stays empty, because another file system is mounted over it. */
  hide?: string | undefined
}

/**
 * Writes the file system. When the contents do not fit after all, it says so and tries again with more room.
 * @returns the layout that was written
 * @throws UserError when it does not fit after several attempts
 */
export async function writeExt4(context: OutputContext, options: Ext4Options): Promise<Ext4Layout> {
  const { work, log } = context
  let layout = options.layout
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const image = join(work, options.image)
    // Cutting first makes everything from the offset on read as zeroes again, and sparse.
    await truncate(image, options.offset)
    await truncate(image, options.offset + layout.blocks * BLOCK)
    const lacking = await tryMke2fs(context, { ...options, layout })
    if (!lacking) {
      await setTrusted(context, options)
      await normaliseTimes(context, options)
      return layout
    }
    const larger = grow(layout, lacking)
    log.info(
      `the root file system does not fit into ${layout.blocks / 256} MiB with ${layout.inodes} inodes (no ${lacking} left); trying ${larger.blocks / 256} MiB with ${larger.inodes}`,
    )
    layout = larger
  }
  throw new UserError(`the root file system does not fit into ${layout.blocks / 256} MiB`, {
    hint: 'raise `image.free` in the config',
  })
}

function grow(layout: Ext4Layout, lacking: 'block' | 'inode'): Ext4Layout {
  const inodes = lacking === 'inode' ? Math.ceil(layout.inodes * 1.3) + 1024 : layout.inodes
  const tables = Math.ceil(((inodes - layout.inodes) * INODE_SIZE) / BLOCK)
  const more = lacking === 'block' ? Math.ceil(layout.blocks * 0.1) : tables
  return { ...layout, inodes, blocks: roundUp(layout.blocks + more, (4 * MIB) / BLOCK) }
}

/**
 * An empty tmpfs over a folder, in a mount namespace of its own: nothing is copied, nothing stays mounted. Its time would
 * be that of the mount.
 */
const HIDDEN =
  'mount -t tmpfs -o mode=0755,size=4k none "/rootfs/$0"; touch --date="@$SOURCE_DATE_EPOCH" "/rootfs/$0"; exec "$@"'

/** @returns what ran out, or nothing when it is written. */
async function tryMke2fs(context: OutputContext, options: Ext4Options): Promise<'block' | 'inode' | undefined> {
  const { config, tools, sourceDateEpoch } = context
  const { layout, offset } = options
  const extended = [
    `hash_seed=${fsUuid(config.name, 'hash-seed')}`,
    `offset=${offset}`,
    `resize=${Math.max(LARGEST, layout.blocks + 1)}`,
    // Zeroed here, once and for all: they cost nothing compressed, and a card's old content must not shine through.
    'lazy_itable_init=0,lazy_journal_init=0',
    'root_owner=0:0',
  ].join(',')
  const flags = ['-q', '-F', '-t', 'ext4', '-T', 'default', '-b', BLOCK, '-I', INODE_SIZE, '-L', 'rootfs']
  const sizes = ['-N', layout.inodes, '-J', `size=${layout.journal}`, '-m', RESERVED_PERCENT]
  const identity = ['-U', fsUuid(config.name), '-E', extended, '-O', `none,${FEATURES}`]
  const target = ['-d', '/rootfs', `/work/${options.image}`, layout.blocks]
  // LC_ALL: mke2fs sorts each folder with strcoll.
  const env = ['LC_ALL=C', `SOURCE_DATE_EPOCH=${sourceDateEpoch}`]
  const mke2fs = ['env', ...env, 'mke2fs', ...flags, ...sizes, ...identity, ...target]
  try {
    if (options.hide === undefined) await tools`${mke2fs}`
    else await tools`SOURCE_DATE_EPOCH=${sourceDateEpoch} unshare --mount bash -ec ${HIDDEN} ${options.hide} ${mke2fs}`
    return undefined
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    const [, what] = /Could not allocate (block|inode)/.exec(stderr) ?? []
    if (what === 'block' || what === 'inode') return what
    throw error
  }
}

/** Attributes that mke2fs did not see, as the sandbox doesn't: preload/trusted.ts. */
async function setTrusted(context: OutputContext, options: Ext4Options): Promise<void> {
  if (existsSync(join(context.work, TRUSTED.debugfs))) await debugfs(context, options, TRUSTED.debugfs)
}

/**
 * mke2fs turns only times that are newer than SOURCE_DATE_EPOCH into it; a change or access time older than that (of a
 * layer from yesterday, with a commit of today) would stay. Inodes are used without gaps from 11 on; 2 is the root.
 */
async function normaliseTimes(context: OutputContext, options: Ext4Options): Promise<void> {
  const { work, sourceDateEpoch } = context
  const { inodes: last } = await ext4Usage(context, options)
  const inodes = [2, ...Array.from({ length: last - 10 }, (_, index) => index + 11)]
  const lines = inodes.flatMap(inode => ['atime', 'ctime'].map(time => `sif <${inode}> ${time} @${sourceDateEpoch}\n`))
  await writeFile(join(work, 'times.debugfs'), lines.join(''))
  await debugfs(context, options, 'times.debugfs')
}

/** @param file of commands, in the work folder. @throws Error for what debugfs complains of */
async function debugfs({ tools, sourceDateEpoch }: OutputContext, options: Ext4Options, file: string): Promise<void> {
  const device = `/work/${options.image}?offset=${options.offset}`
  // debugfs exits with 0 whatever its commands met, and repeats each on stdout; errors are on stderr after its version.
  const done = await tools`SOURCE_DATE_EPOCH=${sourceDateEpoch} debugfs -w -f ${`/work/${file}`} ${device} > /dev/null`
  const complaint = done.stderr.split('\n').find(line => line !== '' && !line.startsWith('debugfs '))
  if (complaint) throw new Error(`debugfs ${device}: ${complaint}`)
}

/** @returns how many inodes are in use, and the numbers of the free blocks. debugfs, as dumpe2fs takes no offset. */
export async function ext4Usage(
  { tools, work }: Pick<OutputContext, 'tools' | 'work'>,
  { image, offset }: Pick<Ext4Options, 'image' | 'offset'>,
): Promise<{ inodes: number; free: number[] }> {
  const device = `/work/${image}?offset=${offset}`
  // Into a file: a list of 20,000 blocks is nothing for the log.
  const ask = async (request: string): Promise<string> => {
    await tools`debugfs -R ${request} ${device} > /work/debugfs.answer`
    return readFile(join(work, 'debugfs.answer'), 'utf8')
  }
  const stats = await ask('stats -h')
  const field = (name: string): number => Number(new RegExp(`^${name}: *(\\d+)$`, 'm').exec(stats)?.[1])
  const [inodes, free] = [field('Inode count') - field('Free inodes'), field('Free blocks')]
  if (!Number.isInteger(inodes + free)) throw new Error(`debugfs ${device}: no counts in its output`)
  return { inodes, free: ((await ask(`ffb ${free}`)).match(/\d+/g) ?? []).map(Number) }
}
