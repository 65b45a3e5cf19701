/** Joins two trees of one file system. */
import { chmodSync, chownSync, lstatSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs'

/** At the top: mounted while we build, and empty in an image (root.ts makes them). */
const LEFT_OUT = new Set(['proc', 'sys', 'dev', 'run', 'tmp'])
const under = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name])

/**
 * Moves what is in `from` into `to`, where the build has made a few folders and files already: folders are joined and get owner,
 * mode and times of the one moved, files are replaced. Names are bytes.
 */
export function moveInto(from: string, to: string): void {
  const top = Buffer.from(from)
  for (const name of entries(top)) if (LEFT_OUT.has(name.toString())) rmSync(under(top, name), { recursive: true })
  merge(top, Buffer.from(to))
}

function merge(from: Buffer, to: Buffer): void {
  const stat = lstatSync(from)
  for (const name of entries(from)) {
    const [source, target] = [under(from, name), under(to, name)]
    const there = lstatSync(target, { throwIfNoEntry: false })
    if (there?.isDirectory() && lstatSync(source).isDirectory()) {
      // A mount, such as that of the packages: what is in there is not the image's.
      if (there.dev === lstatSync(to).dev) merge(source, target)
      continue
    }
    if (there) rmSync(target, { recursive: true })
    renameSync(source, target)
  }
  chownSync(to, stat.uid, stat.gid)
  chmodSync(to, stat.mode & 0o7777)
  utimesSync(to, stat.atime, stat.mtime)
}

const entries = (folder: Buffer): Buffer[] => readdirSync(folder, { encoding: 'buffer' })
