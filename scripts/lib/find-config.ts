/** From the word on the command line to a config file. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from './errors.ts'
import { nearest } from './nearest.ts'
import { fromUser, here, home, shown, userFolder } from './paths.ts'

export const DEFAULT_CONFIG = 'config/rpi.yaml'

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/**
 * `config/rpi.yaml` is a path from where the user stands, else from Rootsmith's folder (so that it also works in a
 * sub-folder, and without a clone of one's own). A bare name such as `rpi` is config/rpi.yaml in either.
 * @returns the absolute path of an existing file.
 */
export function findConfig(typed = DEFAULT_CONFIG): string {
  const word = here(typed)
  if (word === '')
    throw new UsageError('the config has no name', 'leave it out, or name a file such as config/rpi.yaml')
  const bare = !word.includes('/') && !/\.ya?ml$/.test(word)
  const names = bare ? [word, `config/${word}.yaml`] : [word]
  const found = [userFolder(), home].flatMap(folder => names.map(name => resolve(folder, name))).find(isFile)
  if (found) return found
  throw notFound(word, statSync(fromUser(word), { throwIfNoEntry: false })?.isDirectory() ?? false)
}

function notFound(word: string, isFolder: boolean): UsageError {
  const files = configsNear(word).map(shown)
  const stem = (path: string): string => basename(path).replace(/\.ya?ml$/, '')
  const meant = nearest(stem(word), files.map(stem))
  const hint = [
    meant && `did you mean ${files.find(file => stem(file) === meant)}?`,
    files.length > 0
      ? `there are: ${files.join(', ')}`
      : 'there are no configs here: write one, or run this in your clone of Rootsmith',
  ]
  return new UsageError(
    isFolder ? `${word} is a folder, not a config` : `no config ${word}`,
    hint.filter(Boolean).join('\n'),
  )
}

/** Configs in the folder that was named, in the user's config/ and in Rootsmith's. */
function configsNear(word: string): string[] {
  const folders = new Set([dirname(fromUser(word)), join(userFolder(), 'config'), join(home, 'config')])
  return [...folders].flatMap(folder => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
    return readdirSync(folder)
      .filter(name => /\.ya?ml$/.test(name))
      .map(name => join(folder, name))
      .filter(isFile)
      .sort()
  })
}
