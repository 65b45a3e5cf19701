/** Values from `!ENV` stay out of the plan: it carries the expressions, and the runner puts the values back. */
import { resolve } from 'node:path'
import * as v from 'valibot'
import { UserError } from '../lib/errors.ts'
import { type Environment, expand } from './env.ts'
import { dotted, get, type Path, put } from './path.ts'
import { type Config, configSchema } from './schema.ts'
import { shapeAt } from './shape.ts'

/** A value that came, wholly or partly, from the environment. */
export type FromEnv = {
  path: Path
  expression: string
  /** The folder a relative path starts from, where the value is a path. */
  base?: string
}

/**
 * The config with expressions in place of values. It is for showing, comparing and carrying: an expression stands even
 * where the type says boolean.
 */
export function redact(loaded: { config: Config; env: readonly FromEnv[] }): Config {
  const config = structuredClone(loaded.config)
  for (const { path, expression } of loaded.env) put(config, path, expression)
  return config
}

/** The config with values from `environment` where `redact` had put expressions. Throws UserError without any value in it. */
export function resolveEnv(config: Config, env: readonly FromEnv[], environment: Environment): Config {
  const resolved = structuredClone(config)
  for (const { path, expression, base } of env) {
    const result = expand(expression, environment)
    if ('error' in result) throw new UserError(`${dotted(path)}: ${result.error}`, { hint: result.hint })
    put(resolved, path, base === undefined ? typed(result.value, path) : resolve(base, result.value))
  }
  // The schema takes its own output; what it must not meet here is another environment than the config was checked with.
  const checked = v.safeParse(configSchema, resolved)
  if (checked.success) return checked.output
  const paths = checked.issues.map(issue => dotted((issue.path ?? []).map(item => item.key as string | number)))
  const changed = env.filter(({ path }) => paths.includes(dotted(path))).map(({ expression }) => `\`${expression}\``)
  throw new UserError(`the environment changed since the config was checked: ${changed.join(', ') || paths.join(', ')}`)
}

/** Text as the schema wants it: the environment has no other way to say `true` or `5`. */
export function typed(text: string, path: Path): string | number | boolean {
  const shape = shapeAt(path)
  if (shape?.kind !== 'leaf') return text
  if (shape.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return shape.type === 'number' && /^\d+$/.test(text) ? Number(text) : text
}

/** Makes relative paths absolute, each from the folder of the file that names it. */
export function absolutePaths(config: Config, paths: Iterable<{ path: Path; base: string }>): void {
  for (const { path, base } of paths) {
    const value = get(config, path)
    if (typeof value === 'string') put(config, path, resolve(base, value))
  }
}
