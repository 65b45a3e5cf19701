/** Wildcards of `!include`: `*`, `**`, `?` and `[…]`. Names that start with a dot are left out, as a shell does. */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Glob } from 'bun'

const WILDCARD = /[*?[]/

export function isPattern(path: string): boolean {
  return WILDCARD.test(path)
}

/**
 * The files that `pattern` matches from `base`, absolute, sorted by their bytes so that every machine has the same order.
 * `maxdepth` counts the levels that a `**` and what follows it may reach. Nothing is looked for in a folder that
 * `isOutside` refuses; `climbs`: a `..` behind a wildcard would lead who knows where.
 */
export function matches(
  base: string,
  pattern: string,
  maxdepth: number | undefined,
  isOutside: (folder: string) => boolean,
): string[] | 'outside' | 'climbs' {
  const steps = pattern.split('/').filter((step, i) => step !== '.' && (step !== '' || i === 0))
  const first = steps.findIndex(isPattern)
  const folder = resolve(base, steps.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.'))
  if (isOutside(folder)) return 'outside'
  if (steps.slice(first).includes('..')) return 'climbs'
  const rest = steps.slice(first)
  const stars = rest.indexOf('**')
  // Bun's globs also know braces and a leading `!`; pyyaml-include's don't.
  const glob = new Glob(rest.join('/').replaceAll(/[{}\\]|^!/g, '\\$&'))
  return list(glob, folder)
    .filter(path => maxdepth === undefined || stars < 0 || path.split('/').length - stars <= maxdepth)
    .map(path => join(folder, path))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function list(glob: Glob, folder: string): string[] {
  try {
    // `onlyFiles` would leave out links to files.
    return [...glob.scanSync({ cwd: folder, onlyFiles: false })].filter(path => isFile(join(folder, path)))
  } catch {
    return []
  }
}

/** What is not UTF-8 in a name comes as U+FFFD, and names nothing: it is kept, so that reading it says so. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return path.includes('\uFFFD')
  }
}
