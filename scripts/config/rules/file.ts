/** What a path of the config names. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Problem } from '../../lib/errors.ts'
import { shown } from '../../lib/paths.ts'
import type { Path } from '../path.ts'
import type { RuleContext } from '../rules.ts'
import { didYouMean } from '../suggest.ts'

type Kind = 'file' | 'folder' | 'other' | 'nothing'

/** What is at `path`, symbolic links followed. A path no system call takes is nothing, too. */
export function kindOf(path: string): Kind {
  try {
    const stat = statSync(path)
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
  } catch {
    return 'nothing'
  }
}

/** A problem unless the file or folder that the config names at `path` is there and is `wanted`. */
export function mustBe(wanted: readonly Kind[], file: string, path: Path, context: RuleContext): Problem[] {
  const kind = kindOf(file)
  if (wanted.includes(kind)) return []
  const shown = context.show(path)
  if (kind === 'nothing')
    return context.problem(path, `${shown} does not exist`, context.isPrivate(path) ? undefined : search(file))
  const found = { file: 'a file', folder: 'a directory', other: 'neither a file nor a directory' }[kind]
  return context.problem(
    path,
    `${shown} is ${found}, and must be ${wanted.includes('file') ? 'a file' : 'a directory'}`,
  )
}

function search(file: string): string {
  try {
    return didYouMean(basename(file), readdirSync(dirname(file))) ?? `looked for ${shown(file)}`
  } catch {
    return `looked for ${shown(file)}`
  }
}

/** The text of a file that exists; undefined if it may not be read. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
