/** The files that a compose file names beside itself: they go to the device with it. */
import { existsSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { child, type Tree } from '../config/tree.ts'
import { UserError } from '../lib/errors.ts'
import { dotEnvOf } from './dot-env.ts'
import { interpolate } from './interpolate.ts'
import type { Project } from './read.ts'

export type Companion = {
  /** Relative to the compose file's folder, here as on the device. `.` is the folder itself. */
  path: string
  /** Read by Compose alone, as root: nobody else on the device needs to see what it sets. */
  isPrivate: boolean
  /** Whether it is there. Docker makes the folder of a bind mount that is not. */
  exists: boolean
}

type Named = { text: string; tree: Tree; key: string; required: boolean; isPrivate: boolean }

/**
 * `.env`, `env_file`, the files of `configs` and `secrets`, and relative bind mounts, each once.
 * @throws UserError for one that leaves the folder, or that must exist and does not
 */
export function companionsOf(project: Project): Companion[] {
  const folder = dirname(project.file)
  const found = new Map<string, Companion>([
    ['.env', { path: '.env', isPrivate: true, exists: existsSync(dotEnvOf(project.file)) }],
  ])
  for (const { text, tree, key, required, isPrivate } of namedBy(project)) {
    if (/^[/~]/.test(text)) continue
    const path = posix.normalize(text).replace(/(?<=.)\/$/, '')
    if (path === '..' || path.startsWith('../')) {
      throw new UserError(`${key} names \`${text}\`, which is not in the compose file's folder`, {
        where: tree.where,
        hint: 'put it there, or bring it with a `file` or `directory` component and name it by its path on the device',
      })
    }
    const exists = existsSync(join(folder, path))
    if (required && !exists)
      throw new UserError(`${key} names \`${text}\`, which does not exist`, { where: tree.where })
    found.set(path, { path, exists, isPrivate: isPrivate && (found.get(path)?.isPrivate ?? true) })
  }
  return [...found.values()]
}

function* namedBy(project: Project): Generator<Named> {
  for (const kind of ['configs', 'secrets'])
    for (const [name, tree] of entriesOf(child(project.tree, kind)))
      yield* named(child(tree, 'file'), `${kind}.${name}.file`, true, false, project)
  for (const [name, tree] of entriesOf(child(project.tree, 'services'))) {
    const key = `services.${name}`
    for (const file of listOf(child(tree, 'env_file'))) {
      const isOptional = text(child(file, 'required'), project) === 'false'
      yield* named(file.kind === 'map' ? child(file, 'path') : file, `${key}.env_file`, !isOptional, true, project)
    }
    for (const volume of listOf(child(tree, 'volumes'))) {
      if (volume.kind === 'leaf') {
        const source = text(volume, project).split(':')[0] ?? ''
        if (/^\.{0,2}[/]|^\.{1,2}$/.test(source)) yield { ...unnamed(volume, `${key}.volumes`), text: source }
      } else if (text(child(volume, 'type'), project) === 'bind')
        yield* named(child(volume, 'source'), `${key}.volumes`, false, false, project)
    }
  }
}

const unnamed = (tree: Tree, key: string): Named => ({ text: '', tree, key, required: false, isPrivate: false })

function* named(
  tree: Tree | undefined,
  key: string,
  required: boolean,
  isPrivate: boolean,
  project: Project,
): Generator<Named> {
  const value = text(tree, project)
  if (tree && value !== '') yield { text: value, tree, key, required, isPrivate }
}

/** As Compose reads it on the device: a variable that is not set is nothing. */
const text = (tree: Tree | undefined, { variables }: Project): string =>
  tree?.kind === 'leaf' && tree.value !== null ? interpolate(tree.source, variables).value : ''

const entriesOf = (tree: Tree | undefined): [string, Tree][] =>
  tree?.kind === 'map' ? [...tree.entries].map(([name, { value }]) => [name, value]) : []

const listOf = (tree: Tree | undefined): Tree[] =>
  tree === undefined ? [] : tree.kind === 'list' ? tree.items : [tree]
