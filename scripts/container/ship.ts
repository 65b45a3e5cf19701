/** What a build reads, as one archive: the container gets it on its stdin, so nothing of this machine is mounted in it. */
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { builtSources, packedSources } from '../compose/sources.ts'
import { namesIn } from '../config/env.ts'
import { pathsIn } from '../config/shape.ts'
import { $ } from '../lib/bash.ts'
import { inside } from '../lib/paths.ts'
import { SIGN_PASSWORD } from '../output/sign.ts'
import { cacheDir } from '../plan/cache.ts'
import { ROOT } from '../plan/world.ts'
import type { Request } from '../strategy/strategy.ts'

/** Of Rootsmith's own folder. */
const OWN = ['scripts', 'stages', 'templates', 'docker', 'package.json', 'node_modules']
/** Not needed to build; Bun itself is in the image. */
const NOT_OWN = [
  '.bin',
  '.cache',
  '@biomejs',
  '@oven',
  '@types',
  '@typescript',
  'bun',
  'bun-types',
  'rust-just*',
  'typescript',
]
/** Of a config's folder: large, and never what an image is made of. */
const NOT_SOURCE = new Set(['.git', 'node_modules'])

export type Shipment = {
  file: string
  bytes: number
  /** Paths that are to be read-only in the container, none in another: all that is shipped lies in them. */
  sources: string[]
}

/**
 * @param folder of this run.
 * @returns an archive whose paths are those of this machine: whatever names a file there names it in the container, too.
 */
export async function pack({ loaded, options }: Request, folder: string): Promise<Shipment> {
  const file = join(folder, 'source.tar')
  const shipped = sourcesOf(loaded, [options.out, cacheDir()])
  const excluded = NOT_OWN.map(name => `--exclude=${join(packages(), name).slice(1)}`)
  const words = ['--create', '--file', file, ...excluded, '-C', '/', ...shipped.map(path => path.slice(1))]
  await $({ quiet: true, env: { ...process.env, COPYFILE_DISABLE: '1' } as Record<string, string> })`tar ${words}`
  return { file, bytes: statSync(file).size, sources: outermost([ROOT, loaded.dir, ...shipped]) }
}

/** @param not folders that are no source. @returns absolute paths, none inside another. */
export function sourcesOf(loaded: Request['loaded'], not: readonly string[]): string[] {
  const isSource = (path: string): boolean => !not.some(folder => inside(folder, path))
  const own = [...OWN.map(name => join(ROOT, name)), packages()]
  const beside = inside(ROOT, loaded.dir) && loaded.dir !== ROOT ? [loaded.dir] : entries(loaded.dir).filter(isSource)
  const composed = loaded.config.components.flatMap(component =>
    component.type === 'docker-compose' ? [...packedSources(component), ...builtSources(component)] : [],
  )
  const named = [...loaded.files, ...pathsIn(loaded.config), ...composed].filter(path => exists(path))
  return outermost([...own, ...beside, ...named]).sort()
}

/** Those that lie in no other one. */
function outermost(paths: string[]): string[] {
  const all = [...new Set(paths)]
  return all.filter(path => !all.some(other => other !== path && inside(other, path)))
}

/** Where npm's packages really are: in a worktree they may be a link to another's. */
const packages = (): string => realpathSync(join(ROOT, 'node_modules'))

function entries(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => !NOT_SOURCE.has(name))
    .map(name => join(folder, name))
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

/** The environment's variables that a config names, and the password of the key that it signs with. */
export function environmentOf({ config, env }: Request['loaded'], from: NodeJS.ProcessEnv): Record<string, string> {
  const names = env.flatMap(({ expression }) => namesIn(expression))
  if (config.bundle.sign_key) names.push(SIGN_PASSWORD)
  return Object.fromEntries(names.flatMap(name => (from[name] === undefined ? [] : [[name, from[name]]])))
}
