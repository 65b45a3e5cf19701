/** Which values of a config nobody may see outside the image: those from `!ENV`, but for what names files or is no secret to anybody. */
import { namesIn } from './env.ts'
import { dotted, get } from './path.ts'
import { type FromEnv, redact } from './redact.ts'
import type { Config } from './schema.ts'
import { shapeAt } from './shape.ts'

/** Results are called by them: out/NAME/, NAME_VERSION_ARCH.deb. */
const NAMES = new Set(['name', 'package.name', 'package.version'])

/** Of a password, less than this is found in every log by chance; a password of three letters is not one. */
const SHORTEST_SECRET = 4
/** Of anything else. */
const SHORTEST = 6
/** A word or a number: struck out, it would garble the log, and it says nothing of anybody. */
const COMMON = /^([A-Za-z]+|[\d.]+)$/
const LOGIN = /^[a-z+]+:\/\/[^/]*@/i

/**
 * Values of environment variables that may not be shown, with the names of the variables. Variables, not values of the
 * config: programs print a password without the URL around it. What the config also says in clear is left out.
 */
export function privateValues(
  loaded: { config: Config; env: readonly FromEnv[] },
  environment: Record<string, string | undefined>,
): Map<string, string> {
  const clear = new Set(textsOf(redact(loaded)))
  for (const { path } of loaded.env) if (NAMES.has(dotted(path))) clear.add(String(get(loaded.config, path)))
  const found = new Map<string, string>()
  for (const { path, expression } of loaded.env) {
    const shape = shapeAt(path)
    if (NAMES.has(dotted(path)) || (shape?.kind === 'leaf' && (shape.type === 'boolean' || shape.choices.length > 0)))
      continue
    const isSecret = (shape?.kind === 'leaf' && shape.secret) || LOGIN.test(String(get(loaded.config, path)))
    for (const name of namesIn(expression)) {
      // What is printed comes line by line.
      for (const line of (environment[name] ?? '').split(/\r?\n/)) {
        const isShown = isSecret
          ? line.length < SHORTEST_SECRET
          : line.length < SHORTEST || COMMON.test(line) || clear.has(line)
        if (!isShown) found.set(line, name)
      }
    }
  }
  return found
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
