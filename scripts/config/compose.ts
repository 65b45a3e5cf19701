/** From a parsed document to a tree: aliases, merge keys, `!include` and `!ENV` are resolved, duplicate keys refused. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Problem, Where } from '../lib/errors.ts'
import type { Source } from './document.ts'
import { type Environment, expand } from './env.ts'
import { include } from './include.ts'
import { dotted, type Path } from './path.ts'
import { didYouMean } from './suggest.ts'
import type { Broken, Entry, Leaf, Tree } from './tree.ts'

/** No config has this many values; ten aliases of ten aliases of ten … do, and so do includes of includes. */
const MAX_VALUES = 100_000
const MAX_DEPTH = 64
const STANDARD = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(name => `tag:yaml.org,2002:${name}`)

/** What all files of one load share. */
export type Session = {
  environment: Environment
  /** The real path of the folder that includes may not leave; undefined: they may. */
  fence: string | undefined
  problems: Problem[]
  /** Every YAML file read, absolute, and what it holds. */
  sources: Map<string, Source | undefined>
  values: number
}

/** Where composing stands: in which file, at which path, inside which includes and aliases. */
export type Place = { source: Source; path: Path; chain: string[]; open: Node[]; depth: number }

/** The tree of a node. What is wrong with it is added to the session's problems, and broken there. */
export function compose(node: Node | null, place: Place, session: Session): Tree {
  const { source } = place
  const where = source.where(node)
  const fail = (message: string, hint?: string): Broken => broken(place, session, where, message, hint)
  session.values++
  if (session.values > MAX_VALUES) {
    const first = session.values === MAX_VALUES + 1
    return first
      ? fail(`the config grows beyond ${MAX_VALUES} values`, 'aliases or includes multiply')
      : silent(place, where)
  }
  if (place.depth > MAX_DEPTH) return fail(`is nested deeper than ${MAX_DEPTH} levels`)
  if (isAlias(node)) {
    const target = source.aliases.get(node)
    if (!target)
      return fail(
        `no anchor \`&${node.source}\` stands before this alias`,
        `a value that starts with \`*\` needs quotes`,
      )
    if (place.open.includes(target)) return fail(`the alias \`*${node.source}\` contains itself`)
    // Lines of what it holds are the anchor's; the value itself stands where the alias does.
    return { ...compose(target, { ...place, depth: place.depth + 1 }, session), where }
  }
  const below = node ? { ...place, open: [...place.open, node], depth: place.depth + 1 } : place
  const tag = node?.tag
  if (node && tag === '!include') return include(node, place, session)
  if (tag === '!ENV') return environmentValue(node, place, session, where)
  if (tag !== undefined && !STANDARD.includes(tag)) {
    return fail(
      `has the unknown tag \`${tag}\``,
      didYouMean(tag, ['!include', '!ENV']) ?? 'the tags are `!include` and `!ENV`',
    )
  }
  if (isMap(node)) return fields(node, below, session, where)
  if (isSeq(node)) return list(node, below, session, where)
  const value = isScalar(node) ? node.value : null
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  return { kind: 'leaf', where, base: source.base, value: known, source: isScalar(node) ? (node.source ?? '') : '' }
}

/** A broken value, its problem said. */
export function broken(place: Place, session: Session, where: Where, message: string, hint?: string): Broken {
  session.problems.push({ where, key: dotted(place.path), message, hint })
  return silent(place, where)
}

function silent(place: Place, where: Where): Broken {
  return { kind: 'broken', where, base: place.source.base }
}

function environmentValue(node: Node | null | undefined, place: Place, session: Session, where: Where): Tree {
  if (!isScalar(node) || node.source === undefined)
    return broken(place, session, where, '`!ENV` takes text, not a list or a mapping')
  const expression = String(node.value)
  const result = expand(expression, session.environment)
  if ('error' in result) return broken(place, session, where, result.error, result.hint)
  const leaf: Leaf = {
    kind: 'leaf',
    where,
    base: place.source.base,
    value: result.value,
    source: expression,
    env: expression,
  }
  return leaf
}

/**
 * A list that `!include` puts into a list joins it: no key takes lists of lists, and so one file may bring several
 * components, or none.
 */
function list(node: YAMLSeq, place: Place, session: Session, where: Where): Tree {
  const items: Tree[] = []
  for (const item of node.items as (Node | null)[]) {
    const start = items.length
    const path = [...place.path, start]
    const earlier = session.problems.length
    const tree = compose(item, { ...place, path }, session)
    if (item?.tag !== '!include' || tree.kind !== 'list') {
      items.push(tree)
      continue
    }
    items.push(...tree.items)
    // What was wrong in there was named before its place in this list was known.
    const inside = `${dotted(path)}[`
    for (const problem of session.problems.slice(earlier)) {
      if (!problem.key.startsWith(inside)) continue
      const [, index = '0', rest = ''] = /^(\d+)\](.*)$/s.exec(problem.key.slice(inside.length)) ?? []
      problem.key = dotted([...place.path, start + Number(index)]) + rest
    }
  }
  return { kind: 'list', where, base: place.source.base, items }
}

function fields(node: YAMLMap, place: Place, session: Session, where: Where): Tree {
  const entries = new Map<string, Entry>()
  const merged: Entry[] = []
  for (const pair of node.items as Pair<Node | null, Node | null>[]) {
    const keyWhere = place.source.where(pair.key)
    if (!isScalar(pair.key) || pair.key.tag !== undefined) {
      broken(place, session, keyWhere, 'has a key that is not plain text')
      continue
    }
    const { key } = pair
    const isMerge = key.type === 'PLAIN' && key.source === '<<'
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '')
    const path = [...place.path, isMerge ? '<<' : name]
    const earlier = isMerge ? merged[0] : entries.get(name)
    if (earlier) {
      broken(
        { ...place, path },
        session,
        keyWhere,
        `is given twice, first on line ${earlier.where.line ?? '?'}`,
        'keep one of the two',
      )
      continue
    }
    // What a merge brings stands in this mapping, so its problems are named by this mapping's path.
    const value = compose(pair.value, { ...place, path: isMerge ? place.path : path }, session)
    if (isMerge) merged.push({ where: keyWhere, value })
    else entries.set(name, { where: keyWhere, value })
  }
  for (const { where: keyWhere, value } of merged)
    merge(value, entries, { ...place, path: [...place.path, '<<'] }, session, keyWhere)
  return { kind: 'map', where, base: place.source.base, entries }
}

/** YAML 1.1's merge key: keys of the mapping itself win, then the earlier of several merged ones. */
function merge(value: Tree, entries: Map<string, Entry>, place: Place, session: Session, where: Where): void {
  const from = value.kind === 'list' ? value.items : [value]
  for (const each of from) {
    if (each.kind === 'broken') continue
    if (each.kind !== 'map') {
      broken(
        place,
        session,
        where,
        'merges something that is not a mapping',
        'write `<<: *anchor` or `<<: !include file.yaml`',
      )
      continue
    }
    for (const [key, entry] of each.entries) if (!entries.has(key)) entries.set(key, entry)
  }
}
