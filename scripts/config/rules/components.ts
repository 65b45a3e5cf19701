/** Rules about what components copy, and where to. */
import { readdirSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'
import { companionsOf } from '../../compose/files.ts'
import { scriptOf, unitOf } from '../../compose/names.ts'
import { type ComposeComponent, projectName, readCompose } from '../../compose/read.ts'
import { UserError } from '../../lib/errors.ts'
import { merged } from '../../lib/merged-usr.ts'
import type { Rule } from '../rules.ts'
import type { Component, Config } from '../schema.ts'
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
export const targetsAreDistinct: Rule = (config, { problem }) => {
  const { components } = config
  const claims = components.map(component =>
    claimsOf(component, config).map(claim => ({ ...claim, path: `/${merged(claim.path)}` })),
  )
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

function claimsOf(component: Component, config: Config): Claim[] {
  if (component.type === 'systemd')
    return [{ path: posix.join(UNITS, basename(component.service)), isFile: true, within: '' }]
  if (component.type === 'docker-compose') return composeClaims(component, config)
  const target = posix.join(component.target, '.')
  if (component.type === 'file') return [{ path: target, isFile: true, within: '' }]
  return folderClaims(component.source, target, '')
}

/** @param within name of the folder in the component, `` for the component itself */
function folderClaims(source: string, target: string, within: string): Claim[] {
  if (kindOf(source) !== 'folder') return []
  const inner = readdirSync(source, { recursive: true, withFileTypes: true }).map(entry => {
    const below = relative(source, `${entry.parentPath}/${entry.name}`)
    return { path: posix.join(target, below), isFile: !entry.isDirectory(), within: posix.join(within, below) }
  })
  return [{ path: target, isFile: false, within }, ...inner]
}

/** The compose file, what it names beside itself, and what the package makes for the project. */
function composeClaims(component: ComposeComponent, config: Config): Claim[] {
  const { path, target } = component
  const name = config.package.name ?? config.name
  const claims: Claim[] = [{ path: posix.join(target, basename(path)), isFile: true, within: '' }]
  try {
    const project = readCompose(path, { project: projectName(component) })
    for (const companion of companionsOf(project).filter(({ exists }) => exists)) {
      const [source, to] = [join(dirname(path), companion.path), posix.join(target, companion.path)]
      if (kindOf(source) === 'folder') claims.push(...folderClaims(source, to, companion.path))
      else claims.push({ path: to, isFile: true, within: companion.path })
    }
    // Of two projects with one name another rule speaks.
    const twin = config.components.find(other => other.type === 'docker-compose' && projectName(other) === project.name)
    if (twin !== component) return claims
    const unit = unitOf(name, project.name)
    claims.push({ path: posix.join(UNITS, unit), isFile: true, within: unit })
    const script = scriptOf(name, project.name)
    for (const own of [script, `${script}.yaml`]) claims.push({ path: `/${own}`, isFile: true, within: basename(own) })
  } catch (error) {
    // What is wrong with the file is another rule's to say.
    if (!(error instanceof UserError)) throw error
  }
  return claims
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path || parent === '/' ? [] : [parent, ...ancestors(parent)]
}
