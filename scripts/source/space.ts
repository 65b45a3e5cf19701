/** Whether what is packed has room once it is unpacked, where a file says how large that is. */
import { statfsSync, statSync } from 'node:fs'
import { UserError } from '../lib/errors.ts'
import { size } from '../screen/format.ts'
import type { Compression } from './kind.ts'
import { seen, type Unpack } from './problem.ts'

/** @returns bytes, undefined where the format does not say it (gzip knows only the last 32 bits, bzip2 nothing). */
export async function unpackedSize(
  file: string,
  packed: Compression | undefined,
  { tools }: Pick<Unpack, 'tools'>,
): Promise<number | undefined> {
  if (!packed) return statSync(file).size
  if (packed.name === 'xz') {
    // Opened for it: while it lists, xz locks itself in (Landlock), and then may not go by another process's root.
    const { stdout } = await tools`xz --robot --list --force /dev/fd/3 3< ${seen(file)} || true`
    const bytes = Number(/^totals\t(?:[^\t]*\t){3}(\d+)/m.exec(stdout)?.[1])
    return bytes > 0 ? bytes : undefined
  }
  if (packed.name !== 'zstd') return undefined
  const { stdout } = await tools`zstd -lv ${seen(file)} 2>&1 || true`
  const bytes = Number(/^Decompressed Size:.*\((\d+) B\)/m.exec(stdout)?.[1])
  return Number.isFinite(bytes) ? bytes : undefined
}

/** @throws UserError before anything is written. */
export function requireSpace(shown: string, needed: number | undefined, folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  if (needed === undefined || bavail * bsize >= needed) return
  throw new UserError(`${shown} takes ${size(needed)} unpacked, and the cache has ${size(bavail * bsize)} free`, {
    hint: 'free some with `just cache --prune`, or set ROOTSMITH_CACHE to a folder on a larger disk',
  })
}
