/** Where a value sits in a config: `['components', 2, 'target']`, shown and typed as `components[2].target`. */
export type Path = (string | number)[]

/** `components[2].target`; the empty path is the empty string. */
export function dotted(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
}

/** The other way, as people type it after `--set`: `components.2.target` and `components[2].target` are the same. */
export function parsePath(text: string): Path | undefined {
  const steps = text.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  if (!steps.every(step => /^[A-Za-z0-9_-]+$/.test(step))) return undefined
  return steps.map(step => (/^\d+$/.test(step) ? Number(step) : step))
}

/** Puts `value` at `path` of plain data. Steps that lead nowhere are left alone: the caller lists only paths that exist. */
export function put(data: unknown, path: Path, value: unknown): void {
  const last = path.at(-1)
  const parent = get(data, path.slice(0, -1))
  if (last === undefined || !isBranch(parent) || !Object.hasOwn(parent, last)) return
  parent[last] = value
}

/** Takes the key at `path` out of plain data. */
export function drop(data: unknown, path: Path): void {
  const last = path.at(-1)
  const parent = get(data, path.slice(0, -1))
  if (last !== undefined && isBranch(parent) && !Array.isArray(parent)) delete parent[last]
}

/** The value at `path` of plain data, or undefined; looks at own properties only. */
export function get(data: unknown, path: Path): unknown {
  let here = data
  for (const step of path) here = isBranch(here) && Object.hasOwn(here, step) ? here[step] : undefined
  return here
}

function isBranch(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}
