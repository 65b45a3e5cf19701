/** What the components of a config put into a package: every file, folder and link, with its mode and owner. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Component, Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { merged } from '../lib/merged-usr.ts'
import { type Packed, packCompose } from './deb-compose.ts'
import type { Item, Unit } from './item.ts'
import { applyMode } from './mode.ts'
import { packageName } from './package-name.ts'
import { walk } from './walk.ts'

export type Payload = {
  items: Item[]
  units: Unit[]
  /** Compose projects: the name, and the script that runs Compose for it. */
  projects: Pick<Packed, 'project' | 'script' | 'unit'>[]
  architecture: string
}

const UNITS = 'usr/lib/systemd/system'

/**
 * @param configDir where relative sources start
 * @throws UserError for a missing source, what a package cannot hold, or two sources for one target
 */
export function payloadOf(config: Config, configDir: string): Payload {
  const packed = config.components.flatMap(component => {
    if (component.type !== 'docker-compose') return []
    return [packCompose({ ...component, path: resolve(configDir, component.path) }, packageName(config))]
  })
  const items = [
    ...config.components.flatMap(component => itemsOf(component, configDir)),
    ...packed.flatMap(project => project.items),
  ]
  const targets = new Map<string, Item>()
  for (const item of items) {
    const twin = targets.get(item.target)
    if (twin && !(twin.kind === 'folder' && item.kind === 'folder'))
      throw new UserError(`/${item.target} has two sources: ${sourceOf(twin)} and ${sourceOf(item)}`)
    targets.set(item.target, item)
  }
  const units = config.components.flatMap(component => {
    return component.type === 'systemd' ? [unitOf(resolve(configDir, component.service), component.enable)] : []
  })
  const sorted = [...targets.values()].sort((a, b) => (a.target < b.target ? -1 : 1))
  const native = sorted.some(item => item.kind === 'file' && item.content === undefined && isElf(item.source))
  return {
    items: sorted,
    units: [...units, ...packed.map(({ unit }) => unit)],
    projects: packed.map(({ project, script, unit }) => ({ project, script, unit })),
    architecture: native ? config.arch : 'all',
  }
}

const sourceOf = ({ source, link }: Item): string => source || (link ? `a link to ${link}` : 'Rootsmith itself')

function itemsOf(component: Component, configDir: string): Item[] {
  if (component.type === 'systemd') {
    const source = resolve(configDir, component.service)
    existing(source, 'file')
    const target = `${UNITS}/${basename(source)}`
    return [{ kind: 'file', target, source, link: '', mode: 0o644, owner: 'root:root' }]
  }
  if (component.type === 'docker-compose') return []
  const source = resolve(configDir, component.source)
  const target = merged(component.target)
  const { chmod, chown: owner } = component
  if (component.type === 'file') {
    existing(source, 'file')
    const mode = applyMode(chmod, statSync(source).mode)
    return [{ kind: 'file', target, source, link: '', mode, owner }]
  }
  existing(source, 'folder')
  return walk(source, target, chmod, owner)
}

function existing(source: string, kind: 'file' | 'folder'): void {
  const stat = statSync(source, { throwIfNoEntry: false })
  if (!stat) throw new UserError(`${source} does not exist`, { hint: 'a component of the config names it' })
  if (kind === 'file' ? !stat.isFile() : !stat.isDirectory())
    throw new UserError(`${source} is not a ${kind}`, {
      hint: `use \`type: ${kind === 'file' ? 'directory' : 'file'}\` for it`,
    })
}

function unitOf(source: string, wanted: boolean): Unit {
  const name = basename(source)
  if (!/^[A-Za-z0-9:_.-]+@?\.(service|socket|timer|path|mount|automount|swap|target|slice)$/.test(name))
    throw new UserError(`${name} is not the name of a systemd unit`, { hint: 'it ends in .service, .timer, .socket …' })
  const install = /^\[Install\]$([^[]*)/m.exec(readFileSync(source, 'utf8'))?.[1] ?? ''
  const template = name.includes('@.')
  const installable = /^(WantedBy|RequiredBy|UpheldBy|Alias|Also)=/m.test(install)
  return {
    name,
    template,
    starts: !template,
    installable,
    enable: wanted && installable && (!template || /^DefaultInstance=/m.test(install)),
  }
}

function isElf(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const magic = Buffer.alloc(4)
    readSync(file, magic, 0, 4, 0)
    return magic.equals(Buffer.from('\x7fELF', 'latin1'))
  } finally {
    closeSync(file)
  }
}
