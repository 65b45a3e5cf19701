/** `--set key=value` and `--set key+=value`: changes to the tree before it is checked, so that a bad one is found like any other. */
import type { Problem, Where } from '../lib/errors.ts'
import { compose, type Session } from './compose.ts'
import { parse, type Source } from './document.ts'
import { dotted, type Path, parsePath } from './path.ts'
import { shapeAt } from './shape.ts'
import { at, child, type Tree } from './tree.ts'

const WHERE: Where = { file: '--set' }

/**
 * Applies one assignment to `tree`. The value is YAML, tags included, as if it stood in the main file: relative paths
 * start from its folder. `+=` appends to a list, or to the list that is the key's default. A value left empty, or
 * `null`, takes the key away.
 */
export function assign(text: string, tree: Tree, main: Source, session: Session): void {
  const problem = change(text, tree, main, session)
  if (problem) session.problems.push({ where: WHERE, ...problem })
}

/** The same for what the config does not say itself: a default. */
export function assignIfAbsent(text: string, tree: Tree, main: Source, session: Session): void {
  const there = at(tree, parsePath(text.slice(0, text.indexOf('='))) ?? [])
  if (there === undefined || (there.kind === 'leaf' && there.value === null)) assign(text, tree, main, session)
}

function change(text: string, tree: Tree, main: Source, session: Session): Omit<Problem, 'where'> | undefined {
  const match = /^([^=]*?)(\+?)=(.*)$/s.exec(text)
  const path = parsePath(match?.[1]?.trim() ?? '')
  if (!match) {
    const message = `\`${shortened(text)}\` is not of the form \`key=value\``
    return { key: '', message, hint: 'for instance `system.locale=de_DE.UTF-8`' }
  }
  if (!path || typeof path[0] === 'number') {
    return { key: '', message: `\`${match[1]}\` is not a key`, hint: 'write `system.locale` or `components[0].target`' }
  }
  const key = dotted(path)
  const value = treeOf(match[3] ?? '', path, main, session)
  // Whatever is broken has been said, and a value set inside it would not mend it.
  if (value.kind === 'broken') return undefined
  const parent = makeWay(tree, path.slice(0, -1), main)
  if (typeof parent === 'string') return { key, message: parent }
  if (parent.kind === 'broken') return undefined
  const last = path.at(-1) ?? ''
  const added = match[2] === '+' ? append(value, child(parent, last), path, main) : value
  const error = typeof added === 'string' ? added : place(added, parent, last)
  return error === undefined ? undefined : { key, message: error }
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text
}

function treeOf(text: string, path: Path, main: Source, session: Session): Tree {
  if (text.trim() === '') return { kind: 'leaf', where: WHERE, base: main.base, value: null, source: '' }
  const parsed = parse(text, main.file, WHERE.file)
  if ('source' in parsed)
    return compose(
      parsed.source.contents,
      { source: parsed.source, path, chain: [main.file], open: [], depth: 0 },
      session,
    )
  for (const { message, hint } of parsed.troubles) {
    session.problems.push({
      where: WHERE,
      key: dotted(path),
      message,
      hint: hint ?? 'the value is read as YAML: quote what is special there',
    })
  }
  return { kind: 'broken', where: WHERE, base: main.base }
}

/** The mapping or list at `path`, made of mappings where the config has nothing yet; or why there can be none. */
function makeWay(tree: Tree, path: Path, main: Source): Tree | string {
  let here = tree
  for (const [i, step] of path.entries()) {
    let next = child(here, step)
    const isNothing = next === undefined || (next.kind === 'leaf' && next.value === null)
    if (isNothing && here.kind !== 'broken') {
      next = { kind: 'map', where: WHERE, base: main.base, entries: new Map() }
      const error = place(next, here, step)
      if (error) return error
    }
    if (!next || next.kind === 'broken') return { kind: 'broken', where: WHERE, base: main.base }
    if (next.kind === 'leaf') return `\`${dotted(path.slice(0, i + 1))}\` is a single value, and has no keys`
    here = next
  }
  return here
}

function place(value: Tree, parent: Tree, step: string | number): string | undefined {
  if (parent.kind === 'map') parent.entries.set(String(step), { where: WHERE, value })
  if (parent.kind !== 'list') return undefined
  if (typeof step === 'string') return `\`${step}\` is not a position: this is a list of ${parent.items.length}`
  if (step >= parent.items.length) return `has no position ${step}: the list has ${parent.items.length}, counted from 0`
  parent.items[step] = value
  return undefined
}

function append(value: Tree, before: Tree | undefined, path: Path, main: Source): Tree | string {
  const added = value.kind === 'list' ? value.items : [value]
  const isNothing = before === undefined || (before.kind === 'leaf' && before.value === null)
  if (before?.kind === 'broken') return before
  if (before?.kind === 'list') return { ...before, items: [...before.items, ...added] }
  const shape = shapeAt(path)
  if (!isNothing || (shape && shape.kind !== 'list')) return 'is not a list: `+=` appends to lists'
  const defaults = shape && Array.isArray(shape.default) ? shape.default.map(String) : []
  const kept = defaults.map(
    (text): Tree => ({ kind: 'leaf', where: WHERE, base: main.base, value: text, source: text }),
  )
  return { kind: 'list', where: WHERE, base: main.base, items: [...kept, ...added] }
}
