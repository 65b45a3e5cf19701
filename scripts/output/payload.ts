/** What the components of a config put into a package: every file, folder and link, with its mode and owner. */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Component, Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { applyMode } from './mode.ts'

export type Item = {
  kind: 'file' | 'folder' | 'link'
  /** In the package, relative to its root. */
  target: string
  /** Absolute path on the build machine; '' for a link. */
  source: string
  /** Where a link points, as it is. */
  link: string
  mode: number
  /** `user` or `user:group`. */
  owner: string
}

export type Unit = {
  /** File name, `hello.service`. */
  name: string
  /** Whether it is enabled: asked for, and its [Install] section says where. */
  enable: boolean
  /** Whether there is an [Install] section to act on at all. */
  installable: boolean
  /** `name@.service`: only its instances can be started. */
  template: boolean
}

export type Payload = { items: Item[]; units: Unit[]; architecture: string }

const UNITS = 'usr/lib/systemd/system'

/**
 * @param configDir where relative sources start
 * @throws UserError for a missing source, what a package cannot hold, or two sources for one target
 */
export function payloadOf(config: Config, configDir: string): Payload {
  const items = config.components.flatMap(component => itemsOf(component, configDir))
  const targets = new Map<string, Item>()
  for (const item of items) {
    const twin = targets.get(item.target)
    if (twin && !(twin.kind === 'folder' && item.kind === 'folder'))
      throw new UserError(`/${item.target} has two sources: ${twin.source} and ${item.source}`)
    targets.set(item.target, item)
  }
  const units = config.components.flatMap(component => {
    return component.type === 'systemd' ? [unitOf(resolve(configDir, component.service), component.enable)] : []
  })
  const sorted = [...targets.values()].sort((a, b) => (a.target < b.target ? -1 : 1))
  const native = sorted.some(item => item.kind === 'file' && isElf(item.source))
  return { items: sorted, units, architecture: native ? config.arch : 'all' }
}

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

/** Contents get `mode & 0666 | (source & 0111)`, folders the mode itself; links stay links. */
function walk(source: string, target: string, chmod: string, owner: string): Item[] {
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

/** In Debian /bin, /sbin and /lib are links into /usr; dpkg loses track of files that are packed under the old names. */
const merged = (target: string): string =>
  target
    .replace(/\/+/g, '/')
    .replace(/^\/|\/$/g, '')
    .replace(/^(bin|sbin|lib|lib32|lib64)(?=\/|$)/, 'usr/$1')

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
