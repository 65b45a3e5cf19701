// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what this file is about
/** `!ENV`: text with the names of environment variables in it. */

export type Environment = Record<string, string | undefined>
export type Expanded = { value: string } | { error: string; hint?: string }

const NAME = '[A-Za-z_][A-Za-z0-9_]*'
const BARE = new RegExp(`^${NAME}$`)
/** `${NAME}` with an operator and its word, or `$NAME`. */
const REFERENCE = new RegExp(`\\$\\{(${NAME})(?:(:-|:\\?|:)([^}]*))?\\}|\\$(${NAME})`, 'g')

/**
 * Puts the environment's values into `expression`: `VAR`, `$VAR`, `${VAR}`, `${VAR:default}`, `${VAR:-default}` and
 * `${VAR:?message}`, any number of them, with text around them. As in pyaml_env, `:` is for a variable that is not set;
 * as in a shell, `:-` and `:?` are also for an empty one. Values and defaults are taken as they are: a `$` in them
 * stays. The error never holds a value.
 */
export function expand(expression: string, environment: Environment): Expanded {
  if (BARE.test(expression)) return lookup(expression, read(environment, expression))
  if (new RegExp(`\\$\\{${NAME}:[^}]*\\$\\{`).test(expression)) {
    return { error: 'has a variable inside a default', hint: 'a default is plain text: `${VAR:-text}`' }
  }
  const leftover = expression.replace(REFERENCE, '')
  if (leftover.includes('${')) {
    return { error: 'has a `${` that is not `${VAR}`', hint: 'write `${VAR}`, `${VAR:-default}` or `${VAR:?message}`' }
  }
  if (leftover === expression) {
    return { error: 'names no environment variable', hint: 'write `!ENV VAR` or `!ENV ${VAR:-default}`' }
  }
  const errors: Expanded[] = []
  // A replacing function, not a string: `$&` in a value must stay what it is.
  const value = expression.replace(
    REFERENCE,
    (_, braced?: string, operator?: string, word?: string, plain?: string) => {
      const name = braced ?? plain ?? ''
      const found = lookup(name, read(environment, name), operator, word)
      if ('value' in found) return found.value
      errors.push(found)
      return ''
    },
  )
  return errors[0] ?? { value }
}

/** A variable named `constructor` is not set just because every object has one. */
function read(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined
}

function lookup(name: string, value: string | undefined, operator?: string, word = ''): Expanded {
  const absent = value === undefined || (value === '' && operator !== undefined && operator !== ':')
  if (!absent) return { value }
  if (operator === ':' || operator === ':-') return { value: word }
  if (operator === ':?' && word !== '') return { error: `needs the environment variable \`${name}\`: ${word}` }
  const state = value === '' ? 'empty' : 'not set'
  return {
    error: `needs the environment variable \`${name}\`, which is ${state}`,
    hint: `set it, or write a default: \`\${${name}:-…}\``,
  }
}

/** The variables an expression asks for: what must be handed into a container for `resolveEnv` to work there. */
export function namesIn(expression: string): string[] {
  if (BARE.test(expression)) return [expression]
  return [...new Set([...expression.matchAll(REFERENCE)].map(match => match[1] ?? match[4] ?? ''))]
}
