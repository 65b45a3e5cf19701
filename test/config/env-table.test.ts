// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
/** `!ENV` as two tables: what an expression stands for, and where in a config it may stand. */
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { expand } from '../../scripts/config/env.ts'
import { loadConfig } from '../../scripts/config/load.ts'
import { get, type Path, parsePath } from '../../scripts/config/path.ts'
import { BASE, type Files, inFolder, problemsIn } from './folder.ts'

/** Values that some other reader would take apart. */
const ODD: [what: string, value: string][] = [
  ['a dollar', '$'],
  ['a variable', '$A'],
  ['a variable in braces', '${A}'],
  ['a variable that is not set', '${NONE:?why}'],
  ['an open brace', '${'],
  ['a closing brace', '}'],
  ['what a replacement means by all', "$&$`$'$1$$"],
  ['backticks', '`id`'],
  ['a command', '$(id)'],
  ['a line end', 'one\ntwo\n'],
  ['a return', 'one\r\ntwo'],
  ['quotes', `'"\\`],
  ['YAML', '!include /etc/passwd'],
  ['a list', '[a, b]'],
  ['a comment', 'a # b'],
  ['an alias', '*a'],
  ['truth', 'true'],
  ['nothing', 'null'],
  ['a number', '0644'],
  ['blanks around', '  a  '],
  ['letters of other scripts', 'ß語\u{1F600}e\u0301'],
  ['a name that every object has', '__proto__'],
  ['a control character', '\u001b[2J'],
  ['a colon', 'a:b:-c'],
]

describe('a value from the environment stays what it is:', () => {
  test.each(ODD)('%s', (_, value) => {
    expect(expand('X', { X: value, A: 'wrong' })).toEqual({ value })
    expect(expand('<${X}|$X|${NONE:-d}>', { X: value, A: 'wrong' })).toEqual({ value: `<${value}|${value}|d>` })
  })
})

const SET = { A: 'one', EMPTY: '', a_1: 'lower', _: 'line' }
const expressions: [expression: string, value: string][] = [
  ['A', 'one'],
  ['$A', 'one'],
  ['${A}', 'one'],
  ['a_1', 'lower'],
  ['$_', 'line'],
  ['$A$A', 'oneone'],
  ['$A.b', 'one.b'],
  ['${A}b', 'oneb'],
  ['é$A', 'éone'],
  ['${NONE:d}', 'd'],
  ['${EMPTY:d}', ''],
  ['${NONE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${A:?why}', 'one'],
  ['${NONE:}', ''],
  ['${NONE:-a:-b:?c}', 'a:-b:?c'],
  ['${NONE:https://h:8/p?q=1}', 'https://h:8/p?q=1'],
  ['${NONE:- a }', ' a '],
  ['${NONE:-$6$s$h}', '$6$s$h'],
  ['${NONE:-`$&`}', '`$&`'],
  ['${NONE:-a\nb}', 'a\nb'],
  ['${NONE:-{a}}', '{a}'],
  ['${A:-{x}}', 'one}'],
  ['${NONE:-a}${A}${NONE:-b}', 'aoneb'],
  ['5$ for $A$', '5$ for one$'],
]
const refused: [expression: string, error: string][] = [
  ['NONE', 'needs the environment variable `NONE`, which is not set'],
  ['${EMPTY:?}', 'needs the environment variable `EMPTY`, which is empty'],
  ['${NONE:?a: b}', 'needs the environment variable `NONE`: a: b'],
  ['$NONE and $A', 'needs the environment variable `NONE`, which is not set'],
  ['__proto__', 'needs the environment variable `__proto__`, which is not set'],
  ['${constructor}', 'needs the environment variable `constructor`, which is not set'],
  ['$hasOwnProperty', 'needs the environment variable `hasOwnProperty`, which is not set'],
  ['${A:-${NONE:-x}}', 'has a variable inside a default'],
  ['${A', 'has a `${` that is not `${VAR}`'],
  ['${1}', 'has a `${` that is not `${VAR}`'],
  ['${ A }', 'has a `${` that is not `${VAR}`'],
  ['${A-b}', 'has a `${` that is not `${VAR}`'],
  ['${}', 'has a `${` that is not `${VAR}`'],
  ['$1', 'names no environment variable'],
  ['$', 'names no environment variable'],
  ['%A%', 'names no environment variable'],
  ['A B', 'names no environment variable'],
  ['A\n', 'names no environment variable'],
  ['É', 'names no environment variable'],
  ['', 'names no environment variable'],
]

describe('an expression', () => {
  test.each(expressions)('`%s` gives `%s`', (expression, value) => {
    expect(expand(expression, SET)).toEqual({ value })
  })
  test.each(refused)('`%s` is refused: %s', (expression, error) => {
    expect(expand(expression, SET)).toMatchObject({ error })
  })
})

type Place = [title: string, more: string | Files, key: string, expected: unknown]
const ENV = { HOST: 'pi', NUMBER: '5', TRUE: 'true', NAME: 'vim', HASH: '$6$SECRET', DIR: 'p', BAD: 'SECRET Value' }
const WRONG = (line: number, key: string, message: string): string[] => [`main.yaml:${line} ${key}: ${message}`]

const good: Place[] = [
  ['on text', 'system: {hostname: !ENV HOST}', 'system.hostname', 'pi'],
  ['on text, in quotes', `system: {hostname: !ENV '$HOST-1'}`, 'system.hostname', 'pi-1'],
  ['on text of many lines', 'system:\n  hostname: !ENV >-\n    ${HOST}', 'system.hostname', 'pi'],
  ['on text that looks like a number', 'package: {description: !ENV NUMBER}', 'package.description', '5'],
  ['on text that looks like truth', 'package: {description: !ENV TRUE}', 'package.description', 'true'],
  ['on a truth', 'system: {ssh: !ENV TRUE}', 'system.ssh', true],
  ['on a truth by default', 'system: {ssh: !ENV "${NONE:-false}"}', 'system.ssh', false],
  ['on a number', 'image: {compression: {level: !ENV NUMBER}}', 'image.compression.level', 5],
  [
    'on one of a choice',
    `system: {user: {name: a, password_hash: '*', sudo: !ENV "\${NONE:-none}"}}`,
    'system.user.sudo',
    'none',
  ],
  ['in a list', 'packages: [git, !ENV NAME]', 'packages.1', 'vim'],
  [
    'in a list in an included file',
    { 'main.yaml': `${BASE}packages: [git, !include a]\n`, a: '- !ENV NAME\n' },
    'packages.1',
    'vim',
  ],
  [
    'alone in an included file',
    { 'main.yaml': `${BASE}system: {hostname: !include a}\n`, a: '!ENV HOST\n' },
    'system.hostname',
    'pi',
  ],
  ['in what a merge brings', 'system: {<<: {hostname: !ENV HOST}}', 'system.hostname', 'pi'],
  [
    'in what a merge brings from a file',
    { 'main.yaml': `${BASE}system: {<<: !include a}\n`, a: 'hostname: !ENV HOST\n' },
    'system.hostname',
    'pi',
  ],
  ['behind an anchor', 'packages: [&n !ENV NAME]\ndepends: [*n]', 'depends.0', 'vim'],
  [
    'as a mode',
    { 'main.yaml': `${BASE}components: [{type: file, source: main.yaml, target: /a, chmod: !ENV "0\${NUMBER}00"}]\n` },
    'components.0.chmod',
    '0500',
  ],
]
const bad: Place[] = [
  ['as a key', '!ENV HOST: 1', '', WRONG(6, '', 'has a key that is not plain text')],
  ['as a key in braces', 'system: {!ENV HOST: 1}', '', WRONG(6, 'system', 'has a key that is not plain text')],
  ['on a list', 'packages: !ENV [NAME]', '', WRONG(6, 'packages', '`!ENV` takes text, not a list or a mapping')],
  [
    'on a mapping',
    'system: !ENV {hostname: HOST}',
    '',
    WRONG(6, 'system', '`!ENV` takes text, not a list or a mapping'),
  ],
  [
    'on nothing',
    'system: {hostname: !ENV }',
    '',
    WRONG(6, 'system.hostname', 'names no environment variable [write `!ENV VAR` or `!ENV ${VAR:-default}`]'),
  ],
  [
    'as what is merged',
    'system: {<<: !ENV HOST}',
    '',
    WRONG(6, 'system.<<', 'merges something that is not a mapping [write `<<: *anchor` or `<<: !include file.yaml`]'),
  ],
  ['instead of a list', 'packages: !ENV NAME', '', WRONG(6, 'packages', 'the value of `NAME` must be a list')],
  ['instead of a mapping', 'system: !ENV HOST', '', WRONG(6, 'system', 'the value of `HOST` must be a mapping')],
  [
    'in an !include',
    'packages: !include {urlpath: !ENV NAME}',
    '',
    WRONG(6, 'packages', '`!include` takes no `!ENV`: what is built would depend on it unseen'),
  ],
  [
    'with a truth in capitals',
    'system: {ssh: !ENV "${NONE:-True}"}',
    '',
    WRONG(6, 'system.ssh', 'the value of `${NONE:-True}` must be true or false'),
  ],
  [
    'with half a number',
    'image: {compression: {level: !ENV "${NUMBER}.5"}}',
    '',
    WRONG(6, 'image.compression.level', 'the value of `${NUMBER}.5` must be a number'),
  ],
  [
    'with a number that is too large',
    'image: {compression: {level: !ENV "${NUMBER}${NUMBER}"}}',
    '',
    WRONG(6, 'image.compression.level', 'the value of `${NUMBER}${NUMBER}` must be from 1 to 19'),
  ],
  [
    'with a value that is not allowed there',
    'system: {hostname: !ENV BAD}',
    '',
    WRONG(6, 'system.hostname', 'the value of `BAD` is not a host name: letters a-z, digits and `-`'),
  ],
  [
    'with a hash that is none',
    'system: {user: {name: pi, password_hash: !ENV BAD}}',
    '',
    WRONG(
      6,
      'system.user.password_hash',
      'the value of `BAD` is not a password hash: make one with `openssl passwd -6`',
    ),
  ],
  [
    'not set, in an included file',
    { 'main.yaml': `${BASE}packages: !include a\n`, a: '\n- vim\n- !ENV NONE\n' },
    '',
    [
      'a:3 packages[1]: needs the environment variable `NONE`, which is not set [set it, or write a default: `${NONE:-…}`]',
    ],
  ],
]

describe('!ENV may stand', () => {
  const outcome = (more: string | Files, key: string): Promise<unknown> =>
    inFolder(typeof more === 'string' ? `${BASE}${more}\n` : more, async folder => {
      const found = await problemsIn(folder, { env: ENV })
      expect(found.join()).not.toContain('SECRET')
      if (found.length > 0) return found
      return get((await loadConfig(join(folder, 'main.yaml'), { env: ENV })).config, parsePath(key) as Path)
    })
  test.each(good)('%s', async (_, more, key, expected) => expect(await outcome(more, key)).toEqual(expected))
  test.each(bad)('not %s', async (_, more, key, expected) => expect(await outcome(more, key)).toEqual(expected))
})
