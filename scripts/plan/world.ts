/** What is true now, in the terms of a trace: config values, digests of files, settings. Reads only. */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { Config } from '../config/schema.ts'
import { home } from '../lib/paths.ts'
import { ABSENT, type Read } from './trace.ts'

/** Rootsmith's own folder. */
export const ROOT = home

export type Settings = { rootfsEpoch: number; emulate: boolean; version: string }

export type World = {
  value(kind: Read['kind'], name: string): string
  /** Whether the value at a dotted key came from the environment. */
  isPrivate(name: string): boolean
}

/**
 * @param config with its real values.
 * @param configDir relative names (`./units/x.service`) start there. @param secrets dotted keys of values from the environment.
 */
export function worldOf(
  config: Config,
  configDir: string,
  settings: Settings,
  secrets: ReadonlySet<string> = new Set(),
): World {
  const digests = new Map<string, string>()
  return {
    isPrivate: name => secrets.has(name),
    value(kind, name) {
      if (kind === 'config' || kind === 'secret') return configValue(config, name, configDir)
      if (kind === 'setting') return String(settings[name as keyof Settings])
      const path = absoluteName(name.replace(/\/\*$/, ''), config, configDir)
      if (name.endsWith('/*')) return listing(path)
      const known = digests.get(path) ?? digestOf(path)
      digests.set(path, known)
      return known
    },
  }
}

/** Dotted keys of values from the environment, as a trace has them. */
export const privateKeys = (env: readonly { path: (string | number)[] }[]): Set<string> =>
  new Set(env.map(({ path }) => path.join('.')))

/** Paths from the environment, and the dotted keys where they stand. */
export type PrivatePaths = ReadonlyMap<string, string>

export const privatePaths = (config: Config, secrets: ReadonlySet<string>): PrivatePaths =>
  new Map([...secrets].map(key => [String(valueAt(config, key)), key] as const).filter(([path]) => isAbsolute(path)))

/** A path as a trace names it: one from the environment, and what is below it, by its key, `{stages.0}/45-own`. */
export function portableName(path: string, configDir: string, hidden: PrivatePaths = new Map()): string {
  const within = (base: string) => path === base || path.startsWith(`${base}/`)
  for (const [base, key] of hidden) if (within(base)) return `{${key}}${path.slice(base.length)}`
  if (within(configDir)) return `./${relative(configDir, path)}`
  return within(ROOT) ? relative(ROOT, path) : path
}

function absoluteName(name: string, config: Config, configDir: string): string {
  const [, key, below = ''] = /^\{([^}]+)\}(.*)$/s.exec(name) ?? []
  // A key that is gone names what can't be there.
  if (key) return `${valueAt(config, key) ?? '/nowhere'}${below}`
  return resolve(name === '.' || name.startsWith('./') ? configDir : ROOT, name)
}

/** The value at a dotted key as JSON; `key.*` stands for its names (or its length, in a list). */
export function configValue(config: Config, key: string, configDir: string): string {
  const value = valueAt(config, key.replace(/\.\*$/, ''))
  if (key.endsWith('.*')) return JSON.stringify(Array.isArray(value) ? value.length : Object.keys(value ?? {}).sort())
  return leaf(value, configDir)
}

function valueAt(config: Config, key: string): unknown {
  let value: unknown = config
  for (const part of key.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined
  return value
}

/** Names in a folder as JSON, so that a new or a lost file is noticed. */
export function listing(folder: string): string {
  return existsSync(folder) ? JSON.stringify(readdirSync(folder).sort()) : ABSENT
}

/** A scalar as JSON, with paths below the config's folder made relative; anything else by its kind. */
export function leaf(value: unknown, configDir: string): string {
  if (value === undefined) return ABSENT
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}'
  return JSON.stringify(
    typeof value === 'string' && value.startsWith(`${configDir}/`) ? `./${relative(configDir, value)}` : value,
  )
}

/**
 * sha256 of a file's content and executable bit; of a link's target; of a folder's sorted entries, all the way down.
 * What can't be read counts as absent.
 */
export function digestOf(path: string): string {
  const hash = createHash('sha256')
  try {
    add(path, '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return ABSENT
    throw error
  }
  return hash.digest('hex')

  function add(at: string, name: string): void {
    const stat = lstatSync(at)
    hash.update(`${name}\0${(stat.mode & 0o170111).toString(8)}\0`)
    if (stat.isSymbolicLink()) hash.update(`${readlinkSync(at)}\0`)
    else if (stat.isDirectory()) for (const entry of readdirSync(at).sort()) add(join(at, entry), `${name}/${entry}`)
    else if (stat.isFile()) {
      hash.update(`${stat.size}\0`)
      addContent(hash, at)
    }
  }
}

/** In pieces: a rootfs archive can be larger than a buffer may be. */
function addContent(hash: Hash, path: string): void {
  const piece = Buffer.allocUnsafe(1 << 20)
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read))
  } finally {
    closeSync(file)
  }
}

/** Digests of the .ts files that a script is made of: itself and all it imports from Rootsmith or its own folder, sorted. */
export function importsOf(script: string): string[] {
  const found = new Set<string>()
  const transpiler = new Bun.Transpiler({ loader: 'ts' })
  const follow = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: name } of transpiler.scanImports(readFileSync(path, 'utf8'))) {
      if (name.startsWith('.')) follow(resolve(dirname(path), name))
    }
  }
  follow(script)
  return [...found].sort()
}
