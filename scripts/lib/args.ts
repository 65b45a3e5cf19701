/**
 * The words after a verb. A verb says what it takes; reading, checking, `--help` and did-you-mean are the same for all.
 *
 *     const args = parse({
 *       name: 'shell',
 *       about: 'Open a shell in the rootfs as a stage left it.',
 *       words: ['config', 'stage'],
 *       options: { set: OPTIONS.set, json: OPTIONS.json },
 *       example: 'just shell config/rpi.yaml 10-system',
 *     })
 *     args.config   // absolute path of an existing file
 *     args.stage    // string | undefined
 */
import { parseArgs } from 'node:util'
import { EXIT, UsageError, UserError } from './errors.ts'
import { DEFAULT_CONFIG, findConfig } from './find-config.ts'
import { nearest } from './nearest.ts'
import { fromUser } from './paths.ts'

export type Option = {
  about: string
  short?: string
  /** What stands for the value in the help. `DIR` and `FILE` are paths from where the user stands; `KEY=VALUE` needs its `=`. */
  value?: string
  choices?: readonly string[]
  default?: string
  many?: true
}

export const OPTIONS = {
  rootfs: { about: 'start from this folder, archive or disk image', value: 'PATH|URL' },
  config: { about: 'the same as CONFIG', value: 'FILE' },
  name: { about: "name the result, instead of the config's name", value: 'NAME' },
  strategy: { about: 'how to build', choices: ['auto', 'native', 'official', 'debian'], default: 'auto' },
  out: { about: 'where the results go (default: out/<name>)', value: 'DIR' },
  set: { about: 'override a key of the config: --set system.locale=de_DE.UTF-8', value: 'KEY=VALUE', many: true },
  'allow-outside': { about: 'let the config !include files from outside its folder' },
  fresh: { about: 'build every stage anew, reuse nothing' },
  emulate: { about: 'run every foreign program in QEMU, none natively' },
  'profile-foreign': { about: 'say which emulated programs took how long (with --fresh: of every stage)' },
  json: { about: 'print one JSON object a line' },
  verbose: { about: 'print what programs print, too', short: 'v' },
} as const satisfies Record<string, Option>

const HELP = { about: 'show this help', short: 'h' } as const satisfies Option

type Word = 'config' | 'stage' | (string & {})
export type Verb<W extends Word = Word, O extends Record<string, Option> = Record<string, Option>> = {
  name: string
  /** One or a few sentences. */
  about: string
  /** Words without dashes, in order; all may be left out. */
  words?: readonly W[]
  options: O
  example: string
}

type Value<O extends Option> = O extends { many: true }
  ? string[]
  : O extends { choices: readonly (infer C)[] }
    ? O extends { default: string }
      ? C
      : C | undefined
    : O extends { value: string }
      ? O extends { default: string }
        ? string
        : string | undefined
      : boolean

export type Args<W extends Word, O extends Record<string, Option>> = {
  [K in W]: K extends 'config' ? string : string | undefined
} & {
  [K in keyof O]: Value<O[K]>
}

/** Not an error: main prints the text on stdout and ends with 0. */
export class Help extends UserError {
  override name = 'Help'
  constructor(text: string) {
    super(text, { exitCode: EXIT.ok })
  }
}

/** @throws UsageError for anything the verb does not take, Help for `--help`. */
export function parse<const W extends Word = never, const O extends Record<string, Option> = Record<string, Option>>(
  verb: Verb<W, O>,
  argv: readonly string[] = process.argv.slice(2),
): Args<W, O> {
  const options: Record<string, Option> = { ...verb.options, help: HELP }
  const takesValue = (option: Option): boolean => option.value !== undefined || option.choices !== undefined
  const { tokens } = parseArgs({
    args: [...argv],
    // Not strict: its messages name neither the verb nor what would be right.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        {
          type: takesValue(option) ? ('string' as const) : ('boolean' as const),
          ...(option.short ? { short: option.short } : {}),
        },
      ]),
    ),
  })
  const options_ = tokens.filter(token => token.kind === 'option')
  // Help wins over every mistake: who asks for it is about to correct them.
  if (options_.some(token => token.name === 'help')) throw new Help(help(verb))

  const result: Record<string, string | string[] | boolean | undefined> = {}
  for (const [name, option] of Object.entries(verb.options)) {
    result[name] = option.many ? [] : takesValue(option) ? option.default : false
  }
  for (const token of options_) {
    // Not `options[…]` alone: it would find `constructor`.
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (!option) throw unknown(verb, options, token.rawName)
    if (!takesValue(option)) {
      if (token.value !== undefined) throw new UsageError(`--${token.name} takes no value`, usage(verb))
      result[token.name] = true
      continue
    }
    const value = checkValue(token.name, option, token.value, token.inlineValue === true)
    if (option.many) (result[token.name] as string[]).push(value)
    else result[token.name] = value
  }
  const words = tokens.filter(token => token.kind === 'positional').map(token => token.value)
  readWords(verb, words, result)
  return result as Args<W, O>
}

function readWords(verb: Verb, words: string[], result: Record<string, unknown>): void {
  const names = verb.words ?? []
  const extra = words[names.length]
  if (extra !== undefined) {
    const isPair = /^[\w.]+=/.test(extra) && 'set' in verb.options
    throw new UsageError(`${verb.name} does not take \`${extra}\``, isPair ? `write \`--set ${extra}\`` : usage(verb))
  }
  names.forEach((name, at) => {
    if (name !== 'config') result[name] = words[at]
    else if (words[at] !== undefined && result.config !== undefined)
      throw new UsageError('the config is given twice, as a word and by --config', usage(verb))
    else result[name] = findConfig(words[at] ?? (result.config as string | undefined))
  })
}

function checkValue(name: string, option: Option, value: string | undefined, inline: boolean): string {
  const expected = option.choices?.join(', ') ?? option.value ?? ''
  // `--out --fresh` is a forgotten value, not a folder of that name; `--out=--fresh` is meant.
  if (value === undefined || value === '' || (!inline && value.startsWith('-'))) {
    throw new UsageError(`--${name} needs a value`, option.choices ? `one of ${expected}` : `--${name} ${expected}`)
  }
  if (option.choices && !option.choices.includes(value)) {
    const meant = nearest(value, option.choices)
    throw new UsageError(
      `--${name} cannot be \`${value}\``,
      `${meant ? `did you mean ${meant}? ` : ''}one of ${expected}`,
    )
  }
  if (option.value === 'KEY=VALUE' && !/^[^=\s]+=/.test(value)) {
    throw new UsageError(
      `--${name} ${value}: there is no \`=\``,
      `--${name} KEY=VALUE, such as --set system.hostname=pi4`,
    )
  }
  // A config may also be a name, and be one of Rootsmith's own: findConfig.
  return option.value === 'DIR' || (option.value === 'FILE' && name !== 'config') ? fromUser(value) : value
}

function unknown(verb: Verb, options: Record<string, Option>, word: string): UsageError {
  const meant = nearest(word.replace(/^-+/, ''), Object.keys(options))
  return new UsageError(
    `${verb.name} has no option ${word}`,
    meant ? `did you mean --${meant}?` : `\`just ${verb.name} --help\` lists them`,
  )
}

function usage(verb: Verb): string {
  const words = (verb.words ?? []).map(word => `[${word.toUpperCase()}]`)
  return ['usage: just', verb.name, ...words, ...(Object.keys(verb.options).length > 0 ? ['[OPTION]…'] : [])].join(' ')
}

/** The text of `--help`. */
export function help(verb: Verb): string {
  const named = (name: string): string => ` (default: ${name})`
  const rows: [string, string][] = [
    ...(verb.words ?? []).map((word): [string, string] => [
      word.toUpperCase(),
      word === 'config'
        ? `a file, or the name of one in config/${named(DEFAULT_CONFIG)}`
        : word === 'stage'
          ? 'a stage folder, such as 10-system'
          : '',
    ]),
    ...Object.entries<Option>({ ...verb.options, help: HELP }).map(([name, option]): [string, string] => {
      const value = option.choices ? 'NAME' : option.value
      const left = `${option.short ? `-${option.short}, ` : '    '}--${name}${value ? ` ${value}` : ''}${option.many ? ' …' : ''}`
      const choices = option.choices ? `: ${option.choices.join(', ')}` : ''
      return [left, option.about + choices + (option.default ? named(option.default) : '')]
    }),
  ]
  const width = Math.max(...rows.map(([left]) => left.length))
  const table = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
  return [usage(verb), '', verb.about, '', ...table, '', `Example: ${verb.example}`].join('\n')
}
