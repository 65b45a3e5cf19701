/** Which packages with native twins have another version in a rootfs than in the native tree. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns those of `names` that both roots have, in versions of different sources. */
export function differing(names: readonly string[], root: string, native: string): string[] {
  const theirs = versions(root)
  const ours = versions(native)
  return names.filter(name => theirs.has(name) && theirs.get(name) !== ours.get(name))
}

/** Package → source version, of a root's dpkg database. */
function versions(root: string): Map<string, string> {
  const status = join(root, 'var/lib/dpkg/status')
  const found = new Map<string, string>()
  if (!existsSync(status)) return found
  for (const block of readFileSync(status, 'utf8').split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(block)?.[1]
    const version = /^Version: (.*)$/m.exec(block)?.[1]
    // A rebuild for one architecture only, +b1, is of the same source.
    if (name && version) found.set(name, version.replace(/\+b\d+$/, ''))
  }
  return found
}
