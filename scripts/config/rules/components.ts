/** Rules about what components copy, and where to. */
import { readdirSync } from 'node:fs'
import { basename, dirname, posix, relative } from 'node:path'
import type { Rule } from '../rules.ts'
import type { Component } from '../schema.ts'
import { kindOf, mustBe } from './file.ts'

/** Where units go: the package puts them there, and so does a build without one. */
const UNITS = '/usr/lib/systemd/system'

export const sourcesExist: Rule = ({ components }, context) =>
  components.flatMap((component, i) => {
    if (component.type === 'systemd') return mustBe(['file'], component.service, ['components', i, 'service'], context)
    if (component.type === 'docker-compose') return mustBe(['file'], component.path, ['components', i, 'path'], context)
    if (component.type === 'directory')
      return mustBe(['folder'], component.source, ['components', i, 'source'], context)
    if (component.target.endsWith('/')) {
      return context.problem(
        ['components', i, 'target'],
        'ends with `/`, and a file needs a name',
        'write the whole path, file name included',
      )
    }
    return mustBe(['file'], component.source, ['components', i, 'source'], context)
  })

type Claim = { path: string; isFile: boolean; within: string }

/** No two components may write one file, and none may put a file where another needs a directory. */
export const targetsAreDistinct: Rule = ({ components }, { problem }) => {
  const claims = components.map(claimsOf)
  const files = new Map<string, number>()
  const folders = new Map<string, number>()
  return claims.flatMap((list, i) => {
    const key = components[i]?.type === 'systemd' ? 'service' : 'target'
    for (const { path, isFile, within } of list) {
      const inside = within === '' ? '' : `\`${within}\` in it `
      const above = ancestors(path).map(folder => files.get(folder))
      const [same, blocked] = [files.get(path), isFile ? folders.get(path) : undefined]
      const other = [same, blocked, ...above].find(owner => owner !== undefined && owner !== i)
      if (other !== undefined) {
        const what =
          same !== undefined && isFile ? 'is also written by' : 'is a file for one and a directory for the other, with'
        return problem(['components', i, key], `${inside}${what} \`components[${other}]\``, 'give each its own target')
      }
    }
    for (const { path, isFile } of list) {
      if (isFile) files.set(path, i)
      for (const folder of isFile ? ancestors(path) : [path, ...ancestors(path)])
        if (!folders.has(folder)) folders.set(folder, i)
    }
    return []
  })
}

function claimsOf(component: Component): Claim[] {
  if (component.type === 'systemd')
    return [{ path: posix.join(UNITS, basename(component.service)), isFile: true, within: '' }]
  if (component.type === 'docker-compose')
    return [{ path: posix.join(component.target, basename(component.path)), isFile: true, within: '' }]
  const target = posix.join(component.target, '.')
  const root = target.length > 1 && target.endsWith('/') ? target.slice(0, -1) : target
  if (component.type === 'file') return [{ path: root, isFile: true, within: '' }]
  const { source } = component
  if (kindOf(source) !== 'folder') return []
  const inner = readdirSync(source, { recursive: true, withFileTypes: true }).map(entry => {
    const within = relative(source, `${entry.parentPath}/${entry.name}`)
    return { path: posix.join(root, within), isFile: !entry.isDirectory(), within }
  })
  return [{ path: root, isFile: false, within: '' }, ...inner]
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path || parent === '/' ? [] : [parent, ...ancestors(parent)]
}
