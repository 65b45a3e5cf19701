/** What the valibot schema says, in the few words the loader needs: which keys there are, and which hold a path or a secret. */
import type { Path } from './path.ts'
import { configSchema } from './schema.ts'

export type Shape =
  | { kind: 'object'; fields: Map<string, Shape>; default?: unknown }
  | { kind: 'list'; item: Shape; default?: unknown }
  | { kind: 'variant'; by: string; options: Map<string, Shape>; default?: unknown }
  | { kind: 'leaf'; type: string; choices: string[]; path: boolean; secret: boolean; default?: unknown }

/** The parts of a valibot schema that are read here; valibot has no common type for them. */
type Raw = {
  type: string
  default?: unknown
  wrapped?: Raw
  entries?: Record<string, Raw>
  item?: Raw
  key?: string
  options?: readonly (Raw | string)[]
  literal?: unknown
  pipe?: readonly { type: string; metadata?: { format?: string; writeOnly?: boolean } }[]
}

function shapeOf(raw: Raw): Shape {
  if (raw.type === 'optional' && raw.wrapped) return { ...shapeOf(raw.wrapped), default: raw.default }
  if (raw.entries) {
    return { kind: 'object', fields: new Map(Object.entries(raw.entries).map(([key, inner]) => [key, shapeOf(inner)])) }
  }
  if (raw.type === 'array' && raw.item) return { kind: 'list', item: shapeOf(raw.item) }
  const by = raw.key
  const options = raw.options ?? []
  if (raw.type === 'variant' && by !== undefined) {
    const named = options.flatMap((option): [string, Shape][] =>
      typeof option === 'string' ? [] : [[String(option.entries?.[by]?.literal), shapeOf(option)]],
    )
    return { kind: 'variant', by, options: new Map(named) }
  }
  const metadata = raw.pipe?.find(item => item.type === 'metadata')?.metadata
  return {
    kind: 'leaf',
    type: raw.type,
    choices: options.filter(option => typeof option === 'string'),
    path: metadata?.format === 'path',
    secret: metadata?.writeOnly === true,
  }
}

export const configShape: Shape = shapeOf(configSchema as unknown as Raw)

/** The shape one step below; `type` says which option of a variant. */
export function inner(shape: Shape | undefined, step: string | number, type?: unknown): Shape | undefined {
  if (shape?.kind === 'object') return shape.fields.get(String(step))
  if (shape?.kind === 'list') return shape.item
  if (shape?.kind !== 'variant') return undefined
  const options = type === undefined ? [...shape.options.values()] : [shape.options.get(String(type))]
  return options.map(option => inner(option, step)).find(found => found !== undefined)
}

/** The shape at `path`. In a variant the first option that has the key answers: what `path` and `secret` mean is the same in all. */
export function shapeAt(path: Path): Shape | undefined {
  return path.reduce<Shape | undefined>((shape, step) => inner(shape, step), configShape)
}

/** Dotted paths of every key named `key`, anywhere: for saying where a key that stands in the wrong place belongs. */
export function pathsOf(key: string, shape: Shape = configShape, path: string[] = []): string[] {
  if (shape.kind === 'list') return pathsOf(key, shape.item, path)
  if (shape.kind === 'variant') return [...new Set([...shape.options.values()].flatMap(o => pathsOf(key, o, path)))]
  if (shape.kind !== 'object') return []
  return [...shape.fields].flatMap(([name, field]) => [
    ...(name === key ? [[...path, name].join('.')] : []),
    ...pathsOf(key, field, [...path, name]),
  ])
}

/** Every value of a config that is a path, in order; those of the defaults, too. */
export function pathsIn(value: unknown, shape: Shape | undefined = configShape): string[] {
  if (shape?.kind === 'leaf') return shape.path && typeof value === 'string' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  const type = shape?.kind === 'variant' ? (value as Record<string, unknown>)[shape.by] : undefined
  return Object.entries(value).flatMap(([step, below]) => pathsIn(below, inner(shape, step, type)))
}
