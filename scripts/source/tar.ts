/** A rootfs from a tar archive or a folder, by GNU tar of the tools tree. */
import { createInterface } from 'node:readline'
import type { ProcessPromise } from 'zx'
import type { Compression } from './kind.ts'
import { orExplain, seen, type Unpack } from './problem.ts'
import { requireSpace, unpackedSize } from './space.ts'

/**
 * Mounted while we build, and empty in an image (root.ts makes them). Anchored: without that `sys` would also mean
 * /usr/include/sys.
 */
const LEFT_OUT = ['proc', 'sys', 'dev', 'run', 'tmp', 'var/cache/apt/archives', 'lost+found'].flatMap(path =>
  [`./${path}`, path, `/${path}`].map(name => `--exclude=${name}`),
)
const EXCLUDES = ['--anchored', ...LEFT_OUT]

/** A record of 20 blocks (tar(5)) is 10 KiB; said every 20 MiB. */
const RECORD = 10_240
const EVERY = 2048

/**
 * GNU tar drops a leading `/`, refuses names with `..`, and makes links that leave the folder only when all else is there, so
 * nothing can be written through them.
 */
const EXTRACT = [
  'tar',
  '--extract',
  '--file=-',
  '--directory=/rootfs',
  '--numeric-owner',
  '--same-owner',
  '--same-permissions',
  '--xattrs',
  '--xattrs-include=*',
  '--keep-directory-symlink',
  ...EXCLUDES,
  `--checkpoint=${EVERY}`,
  '--checkpoint-action=echo=checkpoint %u',
]

export async function unpackTar(
  file: string,
  packed: Compression | undefined,
  shown: string,
  context: Unpack,
): Promise<void> {
  const total = await unpackedSize(file, packed, context)
  requireSpace(shown, total, context.work)
  const work = context.tools`${packed?.decompress ?? ['cat']} < ${seen(file)} | ${EXTRACT}`
  sayProgress(work, `unpacking ${shown}`, total, context)
  await orExplain(work, shown, () => undefined, 'is all of it there? a device node is only allowed in its /dev')
}

/** The folder is only read. What is mounted in it is not part of it. */
export async function copyFolder(folder: string, shown: string, context: Unpack): Promise<void> {
  const create = ['tar', '--create', '--file=-', `--directory=${seen(folder)}`, '--one-file-system', '--numeric-owner']
  const work = context.tools`${[...create, '--xattrs', '--sparse', ...EXCLUDES, '.']} | ${EXTRACT}`
  sayProgress(work, `copying ${shown}`, undefined, context)
  await orExplain(work, shown, () => undefined)
}

function sayProgress(work: ProcessPromise, message: string, total: number | undefined, { progress }: Unpack): void {
  progress(message)
  createInterface({ input: work.stderr }).on('line', line => {
    const records = Number(/checkpoint (\d+)/.exec(line)?.[1])
    if (records) progress(message, records * RECORD, total, 'bytes')
  })
}
