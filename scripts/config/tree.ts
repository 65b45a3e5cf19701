/**
 * A config while it is put together: plain values that still know the file, line, folder and `!ENV` expression they
 * came from. Maps are Maps and made objects have no prototype, so that a key `__proto__` is a key like any other.
 */
import type { Where } from '../lib/errors.ts'
import type { Path } from './path.ts'

type Origin = {
  where: Where
  /** The folder that relative paths in this value start from: that of the YAML file that names them. */
  base: string
}
export type Leaf = Origin & {
  kind: 'leaf'
  value: string | number | boolean | null
  /** As written, so that `0644` and `1.10` are not lost to their numbers. */
  source: string
  /** The expression, where the value came from `!ENV`. */
  env?: string
}
export type List = Origin & { kind: 'list'; items: Tree[] }
export type Fields = Origin & { kind: 'map'; entries: Map<string, Entry> }
/** Something is wrong here and has been said: whatever else is found at or below it is noise. */
export type Broken = Origin & { kind: 'broken' }
export type Entry = { where: Where; value: Tree }
export type Tree = Leaf | List | Fields | Broken

/** The tree one step below, if there is one. */
export function child(tree: Tree, step: string | number): Tree | undefined {
  if (tree.kind === 'list') return tree.items[Number(step)]
  if (tree.kind === 'map') return tree.entries.get(String(step))?.value
  return undefined
}

/** The tree at `path`, if the config has it. */
export function at(tree: Tree, path: Path): Tree | undefined {
  let here: Tree | undefined = tree
  for (const step of path) here = here && child(here, step)
  return here
}

function isBroken(tree: Tree, path: Path): boolean {
  let here: Tree | undefined = tree
  for (const step of path) {
    if (!here || here.kind === 'broken') break
    here = child(here, step)
  }
  return here?.kind === 'broken'
}

/** Whether anything at, above or below `path` is already reported, so that only half of the value is here to be judged. */
export function hasBroken(tree: Tree, path: Path): boolean {
  const here = at(tree, path)
  if (here?.kind === 'list') return here.items.some(item => hasBroken(item, []))
  if (here?.kind === 'map') return [...here.entries.values()].some(({ value }) => hasBroken(value, []))
  return isBroken(tree, path)
}

/**
 * Where `path` is written; for what nobody wrote (a default, a missing key) where the mapping around it starts.
 * A key and its value are one place, the key's line, unless the value came from an included file.
 */
export function locate(tree: Tree, path: Path): Where {
  let where = tree.where
  let here: Tree | undefined = tree
  for (const step of path) {
    const entry: Entry | undefined = here?.kind === 'map' ? here.entries.get(String(step)) : undefined
    here = here && child(here, step)
    if (!here) break
    where = entry && entry.where.file === here.where.file ? entry.where : here.where
  }
  return where
}

/** Plain data for valibot. A key with nothing (or `null`) behind it is a key not given, so that a merge can be undone. */
export function plain(tree: Tree, key = ''): unknown {
  if (tree.kind === 'broken') return undefined
  if (tree.kind === 'list') return tree.items.map(item => plain(item))
  if (tree.kind === 'leaf') return key === 'chmod' && typeof tree.value === 'number' ? tree.source : tree.value
  const made: Record<string, unknown> = Object.create(null)
  for (const [name, { value }] of tree.entries) {
    const inner = plain(value, name)
    if (inner !== undefined && inner !== null) made[name] = inner
  }
  return made
}

/** Every leaf with its path, in the order written. */
export function* leaves(tree: Tree, path: Path = []): Generator<{ path: Path; leaf: Leaf }> {
  if (tree.kind === 'leaf') yield { path, leaf: tree }
  if (tree.kind === 'list') for (const [i, item] of tree.items.entries()) yield* leaves(item, [...path, i])
  if (tree.kind === 'map') for (const [key, { value }] of tree.entries) yield* leaves(value, [...path, key])
}
