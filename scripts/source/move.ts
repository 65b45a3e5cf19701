/** Joins two trees of one file system. */
import { chmodSync, chownSync, lstatSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs'

const under = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name])

/**
 * Moves what is in `from` into `to`, where the build has made a few folders and files already: folders are joined and get owner,
 * mode and times of the one moved, files and links are replaced. Names are bytes.
 * @param leaveOut names at the top that go.
 */
export function moveInto(from: string, to: string, leaveOut: ReadonlySet<string> = new Set()): void {
  const top = Buffer.from(from)
  for (const name of entries(top)) if (leaveOut.has(name.toString())) rmSync(under(top, name), { recursive: true })
  merge(top, Buffer.from(to))
  rmSync(top, { recursive: true })
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
