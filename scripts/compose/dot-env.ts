/** The `.env` file beside a compose file: the only place from which its variables get values. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readText } from '../config/document.ts'
import { UserError } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import { BadVariable, interpolate } from './interpolate.ts'

/** The `.env` that Compose reads for a compose file; it need not exist. */
export const dotEnvOf = (file: string): string => join(dirname(file), '.env')

/** One assignment: its name, and its value in one of the three ways to write it. A quoted value may go over lines. */
const ASSIGNMENT =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:=[ \t]*(?:'([^']*)'[^\n]*|"((?:[^"\\]|\\.)*)"[^\n]*|([^\n]*)))?(?:\n|$)/sy
const BLANK = /[ \t]*(?:#[^\n]*)?\n/y

/**
 * Variables of the `.env` beside `file`, and the project's name, which Compose sets itself. A name without `=` takes the
 * environment's value in Compose: here it stays unset, as an image must not depend on who builds it.
 * @throws UserError with file and line for what is no assignment; it holds no value
 */
export function variablesFor(file: string, project: string): Map<string, string> {
  const path = dotEnvOf(file)
  const variables = new Map([['COMPOSE_PROJECT_NAME', project]])
  if (!existsSync(path)) return variables
  const read = readText(path)
  if ('missing' in read || 'unreadable' in read) {
    const message = 'missing' in read ? read.missing : read.unreadable
    throw new UserError(`${shown(path)} ${message}`, { where: { file: shown(path) } })
  }
  const text = `${read.text.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '')}\n`
  for (let at = 0; at < text.length; ) {
    BLANK.lastIndex = at
    ASSIGNMENT.lastIndex = at
    const blank = BLANK.exec(text)
    const found = blank ? null : ASSIGNMENT.exec(text)
    if (!blank && !found) {
      const line = text.slice(0, at).split('\n').length
      throw new UserError('is no assignment', {
        where: { file: shown(path), line },
        hint: 'write `NAME=value`, one a line',
      })
    }
    at = blank ? BLANK.lastIndex : ASSIGNMENT.lastIndex
    const [, name = '', literal, quoted, bare] = found ?? []
    if (literal !== undefined) variables.set(name, literal)
    else if (quoted !== undefined) variables.set(name, expanded(quoted, variables, true))
    else if (bare !== undefined) variables.set(name, expanded(bare.replace(/(^|\s)#.*$/, '').trim(), variables, false))
  }
  return variables
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** A value may use the variables above it. A `$` that starts none is a `$` here: passwords have them. */
function expanded(value: string, variables: ReadonlyMap<string, string>, escapes: boolean): string {
  const plain = escapes ? value.replaceAll(/\\(["\\nrt])/g, (whole, letter: string) => ESCAPES[letter] ?? whole) : value
  try {
    return interpolate(plain, variables).value
  } catch (error) {
    if (error instanceof BadVariable) return plain
    throw error
  }
}
