/** Unpacks the archive of a BSP. It comes from anywhere, so what could reach out of its folder is refused. */
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join, normalize, relative } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { inside } from '../lib/paths.ts'
import type { Context } from '../stage/context.ts'

/** In the scratch folder, which is /work for `tools`. */
export const BSP = 'bsp'
export const L4T = 'Linux_for_Tegra'

/**
 * @param archive a path of the runner. It is only read.
 * @returns bytes that what came out takes on disk.
 * @throws UserError for an archive that is damaged, is no BSP, or names what is outside of itself.
 */
export async function unpackBsp(archive: string, { work, tools, progress }: Context): Promise<number> {
  const folder = join(work, BSP)
  const name = basename(archive)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  progress(`unpacking ${name}`)
  lend(archive, join(work, 'bsp.archive'))
  // GNU tar itself writes nothing outside: it strips a leading `/`, skips `..`, and makes links that leave only at the end.
  // But it goes on, and what it mended is not what was packed. Its owner is of no interest: NVIDIA's own guide unpacks it
  // as an ordinary user.
  const done =
    await tools`LC_ALL=C tar --extract --file=/work/bsp.archive --directory=/work/${BSP} --no-same-owner`.nothrow()
  rmSync(join(work, 'bsp.archive'))
  const bad = /^tar: (?:(Removing leading .* from .*)|(.*: Member name contains '\.\.'))$/m.exec(done.stderr)
  if (bad) throw refused(name, `it has names that are absolute or hold \`..\` (tar: ${bad[1] ?? bad[2]})`)
  if (done.exitCode !== 0)
    throw new UserError(`${name} cannot be unpacked`, { hint: done.stderr.trim().split('\n')[0] })
  const bytes = measure(folder, name)
  if (!lstatSync(join(folder, L4T), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${name} is no BSP: it holds no folder ${L4T}`, {
      hint: 'the archive is called Jetson_Linux_R<version>_aarch64.tbz2; the sample rootfs is another one',
    })
  return bytes
}

/** Where `tools` see it; a copy only where file systems differ. */
function lend(archive: string, at: string): void {
  rmSync(at, { force: true })
  try {
    linkSync(realpathSync(archive), at)
  } catch {
    copyFileSync(archive, at, constants.COPYFILE_FICLONE)
  }
}

/** Of most file systems: what a small file takes. */
const BLOCK = 4096

/** Bytes that all files take on disk. @throws UserError for a link that leaves. */
function measure(top: string, name: string): number {
  let bytes = 0
  const real = realpathSync(top)
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder)) {
      const path = join(folder, entry)
      const stat = lstatSync(path)
      if (stat.isDirectory()) walk(path)
      else if (stat.isSymbolicLink()) {
        const target = readlinkSync(path)
        if (leaves(real, path, target))
          throw refused(name, `the link ${relative(top, path)} leads out of it, to ${target}`)
      } else bytes += Math.ceil(stat.size / BLOCK) * BLOCK
    }
  }
  walk(top)
  return bytes
}

function leaves(top: string, path: string, target: string): boolean {
  if (isAbsolute(target)) return true
  try {
    return !inside(top, realpathSync(path))
  } catch {
    // It ends nowhere: then its words must do.
    return !inside(top, normalize(join(realpathSync(dirname(path)), target)))
  }
}

const refused = (name: string, why: string): UserError =>
  new UserError(`${name} is refused: ${why}`, { hint: "NVIDIA's own archives have nothing of the kind" })
