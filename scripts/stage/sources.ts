/** apt's sources while a rootfs is built: sources.list(5) in both formats, with mirrors that stand in for each other. */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Mirrors, same } from '../lib/mirrors.ts'

/** `list`: a source a line; `sources`: deb822 stanzas. */
export type Format = 'list' | 'sources'
/** The mirrors as configured, and the address that stands for all of them. */
export type Names = Pick<Mirrors, 'uris' | 'uri'>

/** Every mirror's address becomes the one that stands for all of them. What was hardened stays as it is. */
export const harden = (text: string, format: Format, { uris, uri }: Names): string =>
  rename(text, format, found => (uris.some(mirror => same(mirror, found)) ? uri : found))

/** The address that stands for all of them becomes the first mirror's, as it is configured. */
export const clean = (text: string, format: Format, { uris, uri }: Names): string =>
  rename(text, format, found => (found === uri ? (uris[0] ?? found) : found))

/** One pass over the addresses; all else stays as it is written. */
function rename(text: string, format: Format, change: (uri: string) => string): string {
  if (format === 'list')
    return text.replace(/^(\s*deb(?:-src)?\s+(?:\[[^\]\n]*\]\s*)?)(\S+)/gm, (_, before, uri) => before + change(uri))
  let seen: Set<string> | undefined
  const lines = text.split('\n').map(line => {
    // A comment between the lines of a field does not end it.
    if (line.startsWith('#')) return line
    const [, name, field] = /^(URIs[ \t]*:)(.*)$/is.exec(line) ?? []
    if (name !== undefined) seen = new Set()
    else if (!/^[ \t]+\S/.test(line)) seen = undefined
    if (!seen) return line
    const known = seen
    const value = (field ?? line).replace(/([ \t]*)(\S+)/g, (whole, blank, uri) => {
      const now = change(uri)
      // Two mirrors of one field became one: apt warns of sources that are there twice.
      const twice = now !== uri && known.has(now)
      known.add(now)
      return twice ? '' : now === uri ? whole : blank + now
    })
    return name === undefined && value.trim() === '' ? undefined : (name ?? '') + value
  })
  return lines.filter(line => line !== undefined).join('\n')
}

const formatOf = (name: string): Format => (name.endsWith('.sources') ? 'sources' : 'list')

/** Paths of all sources in a tree, relative to it; links are left alone. */
function sourceFiles(root: string): string[] {
  const parts = join(root, 'etc/apt/sources.list.d')
  const names = existsSync(parts) ? readdirSync(parts).filter(name => /\.(list|sources)$/.test(name)) : []
  return ['etc/apt/sources.list', ...names.map(name => `etc/apt/sources.list.d/${name}`)].filter(path =>
    lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile(),
  )
}

/** What a file was before it was hardened. */
export type Lent = Map<string, { text: string; hardened: string; meta: string }>

const meta = (file: string): string => {
  const { mode, uid, gid } = lstatSync(file)
  return [mode, uid, gid].join()
}

/** Hardens the sources of an opened rootfs, in place. */
export function lendMirrors(root: string, names: Names): Lent {
  const lent: Lent = new Map()
  for (const path of sourceFiles(root)) {
    const file = join(root, path)
    const text = readFileSync(file, 'utf8')
    const hardened = harden(text, formatOf(path), names)
    if (hardened === text) continue
    lent.set(path, { text, hardened, meta: meta(file) })
    writeFileSync(file, hardened)
  }
  return lent
}

/**
 * Cleans what a stage leaves, its own new sources included.
 * @param upper the folder of what the stage changed, no longer mounted. A file that is again as it was below leaves no copy there.
 */
export function takeMirrorsBack(upper: string, lent: Lent, names: Names): void {
  for (const path of sourceFiles(upper)) {
    const file = join(upper, path)
    const before = lent.get(path)
    const text = readFileSync(file, 'utf8')
    const cleaned = text === before?.hardened ? before.text : clean(text, formatOf(path), names)
    if (before && cleaned === before.text && meta(file) === before.meta) rmSync(file)
    else if (cleaned !== text) writeFileSync(file, cleaned)
  }
}
