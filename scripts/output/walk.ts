import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import type { Item } from './item.ts'
import { applyMode } from './mode.ts'

/**
 * A folder and all that is in it. Contents get `mode & 0666 | (source & 0111)`, folders the mode itself; links stay links.
 * @throws UserError for what a package cannot hold
 */
export function walk(source: string, target: string, chmod: string, owner: string): Item[] {
  const mode = applyMode(chmod, statSync(source).mode, true)
  const here: Item = { kind: 'folder', target, source, link: '', mode, owner }
  const below = readdirSync(source).flatMap((name): Item[] => {
    const [from, to] = [join(source, name), `${target}/${name}`]
    const stat = lstatSync(from)
    if (stat.isDirectory()) return walk(from, to, chmod, owner)
    if (stat.isSymbolicLink())
      return [{ kind: 'link', target: to, source: '', link: readlinkSync(from), mode: 0o777, owner }]
    if (!stat.isFile()) throw new UserError(`${from} is neither a file, a folder nor a link, and cannot be packed`)
    return [{ kind: 'file', target: to, source: from, link: '', mode: (mode & 0o666) | (stat.mode & 0o111), owner }]
  })
  return [here, ...below]
}
