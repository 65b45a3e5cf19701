/**
 * What valibot's strict objects do not tell: all unknown keys, not only the first, each with the key that was probably
 * meant; and lists where a mapping should be.
 */
import type { Problem } from '../lib/errors.ts'
import { dotted, type Path } from './path.ts'
import { configShape, inner, pathsOf, type Shape } from './shape.ts'
import { meant as nearest, oneOf } from './suggest.ts'
import { child, type Tree } from './tree.ts'

/** An unknown key at `path`; `meant` is the sibling key it was probably to be. */
export type UnknownKey = { problem: Problem; path: Path; meant: string | undefined }

export function unknownKeys(tree: Tree, shape: Shape = configShape, path: Path = []): UnknownKey[] {
  if (tree.kind === 'list' && shape.kind === 'list') {
    return tree.items.flatMap((item, i) => unknownKeys(item, shape.item, [...path, i]))
  }
  // To valibot a list is an object whose keys are numbers.
  if (tree.kind === 'list' && shape.kind !== 'leaf') {
    const problem = { where: tree.where, key: dotted(path), message: 'must be a mapping, not a list' }
    return [{ problem, path, meant: undefined }]
  }
  if (tree.kind !== 'map') return []
  const fields = fieldsOf(tree, shape)
  if (!fields) return []
  return [...tree.entries].flatMap(([key, { where, value }]) => {
    const field = fields.get(key)
    if (field) return unknownKeys(value, field, [...path, key])
    const names = [...fields.keys()]
    // One that is missing here is the likelier one; but `--set sytem.locale=C` means one that is there.
    const absent = names.filter(name => !tree.entries.has(name))
    const meant = nearest(key, absent) ?? nearest(key, names)
    const here = [...path, key]
    const problem = { where, key: dotted(here), message: 'is not a known key', hint: hint(here, meant, fields) }
    return [{ problem, path: here, meant }]
  })
}

/** The keys a mapping may have; in a variant, once its type is known. */
function fieldsOf(tree: Tree, shape: Shape): Map<string, Shape> | undefined {
  if (shape.kind === 'object') return shape.fields
  if (shape.kind !== 'variant') return undefined
  const type = child(tree, shape.by)
  const option = type?.kind === 'leaf' ? shape.options.get(String(type.value)) : undefined
  return option?.kind === 'object' ? option.fields : undefined
}

function hint(path: Path, meant: string | undefined, fields: Map<string, Shape>): string {
  if (meant) return `did you mean \`${meant}\`?`
  const key = String(path.at(-1))
  const here = path.filter(step => typeof step === 'string').join('.')
  const elsewhere = key.length < 64 ? pathsOf(key) : []
  // What another type of the same component may have is not in the wrong place.
  if (elsewhere.length > 0 && elsewhere.length < 4 && !elsewhere.includes(here))
    return `\`${key}\` belongs at ${oneOf(elsewhere)}`
  return `known here: ${[...fields.keys()].map(name => `\`${name}\``).join(', ')}`
}

/** The shape at `path`, the options of variants chosen by what the tree says. */
export function shapeIn(tree: Tree, path: Path): Shape | undefined {
  let shape: Shape | undefined = configShape
  let here: Tree | undefined = tree
  for (const step of path) {
    const type: Tree | undefined = shape?.kind === 'variant' && here ? child(here, shape.by) : undefined
    shape = inner(shape, step, type?.kind === 'leaf' ? type.value : undefined)
    here = here && child(here, step)
  }
  return shape
}
