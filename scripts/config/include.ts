/** `!include`, as pyyaml-include 2.x reads it: a path, `[path, depth]` or `{urlpath, glob, flatten}`. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Where } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import { broken, compose, type Place, type Session } from './compose.ts'
import { parse, readText } from './document.ts'
import { isPattern, matches } from './glob.ts'
import { didYouMean } from './suggest.ts'
import type { Broken, Tree } from './tree.ts'

type Request = { urlpath: string; maxdepth: number | undefined; flatten: boolean }
type Fail = (message: string, hint?: string) => Broken

const USAGE =
  'write `!include path`, `!include [path, depth]` or `!include {urlpath: …, glob: {maxdepth: 1}, flatten: true}`'
const KEYS = ['urlpath', 'glob', 'flatten']

/** The tree that an `!include` node stands for. Paths start from the folder of the file that holds it. */
export function include(node: Node, place: Place, session: Session): Tree {
  const { source } = place
  const where = source.where(node)
  const fail: Fail = (message, hint) => broken(place, session, where, message, hint)
  const request = requestOf(node)
  if ('error' in request) return fail(request.error, request.hint)
  const { urlpath } = request
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(urlpath))
    return fail(`includes the URL \`${urlpath}\``, 'download the file and include the copy')
  if (urlpath.includes('\0')) return fail('includes a path with a NUL in it')
  if (!isPattern(urlpath)) {
    const tree = file(resolve(source.base, urlpath), urlpath, place, session, where)
    return request.flatten ? flat([tree], tree, place, session) : tree
  }
  const found = matches(source.base, urlpath, request.maxdepth, folder => leaves(folder, session))
  if (found === 'outside') return outside(urlpath, fail)
  if (found === 'climbs') return fail(`includes \`${urlpath}\`, which has a \`..\` behind a wildcard`)
  const items = found.map((path, i) => {
    const at = request.flatten ? place : { ...place, path: [...place.path, i] }
    return file(path, relative(source.base, path), at, session, where)
  })
  const list: Tree = { kind: 'list', where, base: source.base, items }
  return request.flatten ? flat(items, list, place, session) : list
}

/** The values of lists, in one list. */
function flat(trees: Tree[], whole: Tree, place: Place, session: Session): Tree {
  const wrong = trees.find(tree => tree.kind !== 'list' && tree.kind !== 'broken')
  if (wrong) return broken(place, session, wrong.where, '`flatten` joins lists, and this file holds something else')
  const items = trees.flatMap(tree => (tree.kind === 'list' ? tree.items : tree))
  return { kind: 'list', where: whole.where, base: whole.base, items }
}

function file(path: string, named: string, place: Place, session: Session, where: Where): Tree {
  const fail: Fail = (message, hint) => broken(place, session, where, message, hint)
  // The fence comes before anything that tells whether a file outside it exists.
  if (leaves(path, session)) return outside(named, fail)
  if (place.chain.includes(path)) {
    const chain = [...place.chain.slice(place.chain.indexOf(path)), path]
    return fail(`includes itself: ${chain.map(shown).join(' → ')}`)
  }
  if (!session.sources.has(path)) {
    const read = readText(path)
    if ('missing' in read) {
      const why = path.includes('\uFFFD') ? 'has a name that is not UTF-8 text' : read.missing
      return fail(`includes \`${named}\`, which ${why}`, sibling(path))
    }
    session.sources.set(path, undefined)
    if ('unreadable' in read) return broken(place, session, { file: shown(path) }, read.unreadable)
    const parsed = parse(read.text, path)
    if ('troubles' in parsed) {
      for (const { where, message, hint } of parsed.troubles) broken(place, session, where, message, hint)
    } else session.sources.set(path, parsed.source)
  }
  const source = session.sources.get(path)
  // Read before and found bad: said once.
  if (!source) return { kind: 'broken', where: { file: shown(path) }, base: dirname(path) }
  return compose(
    source.contents,
    { ...place, source, chain: [...place.chain, path], open: [], depth: place.depth + 1 },
    session,
  )
}

/** Whether `path`, its symbolic links followed, lies outside the config's folder. */
function leaves(path: string, session: Session): boolean {
  if (session.fence === undefined) return false
  const real = realOf(path)
  return real !== session.fence && !real.startsWith(session.fence === sep ? sep : session.fence + sep)
}

/** The real path; of what does not exist, as far as it does: a link that leads outside to nothing must not tell so. */
function realOf(path: string, links = 0): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    if (parent === path) return path
    const here = join(realOf(parent, links), basename(path))
    const target = links < MAX_LINKS ? targetOf(here) : undefined
    return target === undefined ? here : realOf(resolve(dirname(here), target), links + 1)
  }
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** As the kernel: path_resolution(7). */
const MAX_LINKS = 40

function outside(named: string, fail: Fail): Broken {
  return fail(
    `includes \`${named}\`, which is outside the config's folder`,
    'move it into that folder, or allow it with `--allow-outside`',
  )
}

function sibling(path: string): string | undefined {
  try {
    const names = readdirSync(dirname(path))
    const twin = names.find(name => name !== basename(path) && name.normalize() === basename(path).normalize())
    return twin ? 'a file there looks the same, in another Unicode normal form' : didYouMean(basename(path), names)
  } catch {
    return undefined
  }
}

function requestOf(node: Node): Request | { error: string; hint?: string } {
  if (isScalar(node)) return request(node)
  if (isSeq(node)) {
    if (node.items.length < 1 || node.items.length > 2)
      return { error: '`!include` takes a path and a depth', hint: USAGE }
    return request(node.items[0], node.items[1])
  }
  if (!isMap(node)) return { error: '`!include` takes a path', hint: USAGE }
  const given = new Set<string>()
  for (const { key } of node.items) {
    const name = isScalar(key) ? String(key.value) : '?'
    if (given.has(name)) return { error: `\`!include\` is given \`${name}\` twice`, hint: 'keep one of the two' }
    given.add(name)
    if (!KEYS.includes(name))
      return { error: `\`!include\` has no parameter \`${name}\``, hint: didYouMean(name, KEYS) ?? USAGE }
  }
  const flatten = node.get('flatten') ?? false
  if (typeof flatten !== 'boolean') return { error: '`flatten` must be `true` or `false`' }
  return request(node.get('urlpath', true), node.get('glob', true), flatten)
}

function request(path: unknown, glob?: unknown, flatten = false): Request | { error: string; hint?: string } {
  if (!isScalar(path) || typeof path.value !== 'string' || path.value === '')
    return { error: '`!include` needs a path', hint: USAGE }
  if (path.tag === '!ENV') return { error: '`!include` takes no `!ENV`: what is built would depend on it unseen' }
  if (glob === undefined || glob === null) return { urlpath: path.value, maxdepth: undefined, flatten }
  // fsspec's glob has this one argument, given alone, in a list or by its name.
  const depth = isMap(glob) ? glob.get('maxdepth') : isSeq(glob) ? glob.get(0) : isScalar(glob) ? glob.value : undefined
  const extra = (isMap(glob) || isSeq(glob)) && glob.items.length !== 1
  if (extra || typeof depth !== 'number' || !Number.isInteger(depth) || depth < 1) {
    return { error: 'the depth of `!include` must be a whole number from 1', hint: USAGE }
  }
  return { urlpath: path.value, maxdepth: depth, flatten }
}
