// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what this file is about
/** Variables in a compose file, as Compose itself puts them in. */

export type Variables = ReadonlyMap<string, string>

export type Interpolated = {
  value: string
  /** Variables that are not set and have no default: Compose warns, and puts nothing there. */
  unset: string[]
}

/** What Compose itself would refuse. The message never holds a value. */
export class BadVariable extends Error {}

const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])(.*))?$/s

/**
 * `$VAR`, `${VAR}`, `${VAR-default}`, `${VAR?message}`, `${VAR+instead}`, with `:` also for an empty variable, and `$$` for
 * a dollar sign; a default may hold variables again. The grammar is that of "Interpolation" in the Compose
 * specification; 1.29 knows no `+` and no variables in defaults.
 * @throws BadVariable for what is none of these, and for `?` with a variable that is not set
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  const unset: string[] = []
  let value = ''
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0) return { value: value + text.slice(at), unset }
    value += text.slice(at, dollar)
    if (text[dollar + 1] === '$') {
      value += '$'
      at = dollar + 2
    } else if (text[dollar + 1] === '{') {
      const end = closing(text, dollar + 2)
      const [, name = '', operator = '', word = ''] = REFERENCE.exec(text.slice(dollar + 2, end)) ?? []
      if (name === '') throw invalid()
      value += take(name, operator, word)
      at = end + 1
    } else {
      const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(dollar + 1))?.[0]
      if (name === undefined) throw invalid()
      value += take(name, '', '')
      at = dollar + 1 + name.length
    }
  }
  return { value, unset }

  function take(name: string, operator: string, word: string): string {
    const found = variables.get(name)
    const isThere = found !== undefined && !(operator.startsWith(':') && found === '')
    if (operator.endsWith('+')) return isThere ? inner(word) : ''
    if (isThere) return found
    if (operator.endsWith('-')) return inner(word)
    if (operator.endsWith('?')) throw new BadVariable(`needs \`${name}\`${word === '' ? '' : `: ${word}`}`)
    unset.push(name)
    return ''
  }

  function inner(word: string): string {
    const found = interpolate(word, variables)
    unset.push(...found.unset)
    return found.value
  }
}

/** Where the brace that was opened before `from` is closed. */
function closing(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  throw invalid()
}

const invalid = (): BadVariable =>
  new BadVariable('has a `$` that starts no variable: write `${VAR}`, `${VAR:-default}`, or `$$` for the sign itself')
