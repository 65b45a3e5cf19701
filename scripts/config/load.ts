/** A YAML file becomes a Config, or a ConfigError with everything that is wrong with it. Runs nothing, writes nothing. */
import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { ConfigError, type Problem, type Where } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import { compose, type Session } from './compose.ts'
import { parse, readText, type Source } from './document.ts'
import type { Environment } from './env.ts'
import { shapeIn, unknownKeys } from './keys.ts'
import { problemsOf, show } from './messages.ts'
import { dotted, drop, type Path, put } from './path.ts'
import { absolutePaths, type FromEnv, typed } from './redact.ts'
import { type RuleContext, rules } from './rules.ts'
import { type Config, configSchema } from './schema.ts'
import { assign, assignIfAbsent } from './set.ts'
import { at, hasBroken, leaves, locate, plain, type Tree } from './tree.ts'

export { redact, resolveEnv } from './redact.ts'

export type LoadOptions = {
  /** `key=value` and `key+=value`, applied in order. */
  set?: string[]
  /**
   * The same, after these, for keys that the config does not have.
   * @param value of a key, undefined where it is not there.
   */
  defaults?: (value: (key: string) => unknown) => string[] | Promise<string[]>
  /** Default: this process's. */
  env?: Environment
  /** Lets `!include` leave the config's folder. */
  allowOutside?: boolean
}

export type Loaded = {
  /** Real values, from the environment too; paths in it are absolute. */
  config: Config
  /** Absolute, as are `dir` (its folder) and `files` (every YAML file read, this one first). */
  file: string
  dir: string
  files: string[]
  env: FromEnv[]
  /** File and line of a config path; of a default, where the mapping around it stands. */
  locate(path: Path): Where
}

/** Loads a config. Throws ConfigError with all problems, sorted by file and line; no value from `!ENV` is in it. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Loaded> {
  const main = mainSource(resolve(file))
  const session: Session = {
    environment: options.env ?? process.env,
    fence: options.allowOutside ? undefined : realpathSync(main.base),
    problems: [],
    sources: new Map([[main.file, main]]),
    values: 0,
  }
  const tree = compose(main.contents, { source: main, path: [], chain: [main.file], open: [], depth: 0 }, session)
  const files = (): string[] => [...session.sources.keys()]
  if (tree.kind !== 'map') {
    if (tree.kind !== 'broken') session.problems.push(notMapping(main, tree))
    throw new ConfigError(session.problems.map(printable))
  }
  for (const text of options.set ?? []) assign(text, tree, main, session)
  const value = (key: string): unknown => {
    const found = at(tree, key.split('.'))
    return found && (plain(found) ?? undefined)
  }
  for (const text of (await options.defaults?.(value)) ?? []) assignIfAbsent(text, tree, main, session)

  const { env, config, problems } = check(tree)
  const all = [...session.problems, ...problems]
  if (all.length > 0 || !config) throw new ConfigError(sorted(all, files().map(shown)).map(printable))
  return { config, file: main.file, dir: main.base, files: files(), env, locate: path => locate(tree, path) }
}

/** Shape first, then rules; rules only see a config whose every value has the right type. */
function check(tree: Tree): { config: Config | undefined; env: FromEnv[]; problems: Problem[] } {
  const found = [...leaves(tree)].map(({ path, leaf }) => ({ path, leaf, shape: shapeIn(tree, path) }))
  const paths = found.flatMap(({ path, leaf, shape }) =>
    shape?.kind === 'leaf' && shape.path ? [{ path, base: leaf.base }] : [],
  )
  const env = found.flatMap(({ path, leaf, shape }): FromEnv[] => {
    if (leaf.env === undefined) return []
    const isPath = shape?.kind === 'leaf' && shape.path
    return [{ path, expression: leaf.env, ...(isPath ? { base: leaf.base } : {}) }]
  })
  const data = plain(tree)
  for (const { path, leaf } of found) {
    if (leaf.env !== undefined && typeof leaf.value === 'string') put(data, path, typed(leaf.value, path))
  }
  // Without what it would only stumble over, the schema gets as far as it can.
  const unknown = unknownKeys(tree)
  for (const { path } of unknown) drop(data, path)
  const parsed = v.safeParse(configSchema, data)
  const problems: Problem[] = [
    ...unknown.map(({ problem }) => problem),
    ...(parsed.success ? [] : problemsOf(parsed.issues, tree, unknown)),
  ]
  if (!parsed.typed) return { config: undefined, env, problems }
  const config = parsed.output
  absolutePaths(config, paths)
  // A value that already has a problem needs no second one, nor does one of which only half is here.
  const known = new Set(problems.map(problem => problem.key))
  const context: RuleContext = {
    problem: (path, message, hint) => {
      const key = dotted(path)
      if (known.has(key) || hasBroken(tree, path)) return []
      known.add(key)
      return [{ where: locate(tree, path), key, message, hint }]
    },
    show: path => show(tree, path),
    isPrivate: path => env.some(each => dotted(each.path) === dotted(path)),
  }
  return { config, env, problems: [...problems, ...rules.flatMap(rule => rule(config, context))] }
}

function mainSource(file: string): Source {
  const read = readText(file)
  const where = { file: shown(file) }
  if ('missing' in read) throw new ConfigError([{ where, key: '', message: read.missing }])
  if ('unreadable' in read) throw new ConfigError([{ where, key: '', message: read.unreadable }])
  const parsed = parse(read.text, file)
  if ('source' in parsed) return parsed.source
  throw new ConfigError(parsed.troubles.map(trouble => ({ key: '', ...trouble })))
}

function notMapping(main: Source, tree: Tree): Problem {
  const message = `the top level must be a mapping, not ${tree.kind === 'list' ? 'a list' : 'a single value'}`
  return { where: main.where(main.contents), key: '', message, hint: 'a config starts with keys such as `name: rpi`' }
}

function sorted(problems: Problem[], files: string[]): Problem[] {
  const order = (problem: Problem): number => {
    const index = files.indexOf(problem.where.file)
    return index < 0 ? files.length : index
  }
  return problems.toSorted((a, b) => order(a) - order(b) || (a.where.line ?? 0) - (b.where.line ?? 0))
}

/** Keys, tags and what the parser quotes are the file's text: it must not reach a terminal as it is. */
function printable({ where, key, message, hint }: Problem): Problem {
  return { where, key: escaped(key), message: escaped(message), ...(hint === undefined ? {} : { hint: escaped(hint) }) }
}

function escaped(text: string): string {
  const short = text.length > 500 ? `${text.slice(0, 499)}…` : text
  return short.replaceAll(/\p{Cc}/gu, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
