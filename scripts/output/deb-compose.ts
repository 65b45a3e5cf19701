/** What the package holds for a compose project: its files, a script that runs Compose, and the unit that starts it at boot. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, resolve } from 'node:path'
import ejs from 'ejs'
import { stringify } from 'yaml'
import { companionsOf } from '../compose/files.ts'
import { scriptOf, unitOf } from '../compose/names.ts'
import { type ComposeComponent, imagesOf, type Project, projectName, readCompose } from '../compose/read.ts'
import { merged } from '../lib/merged-usr.ts'
import type { Item, Unit } from './item.ts'
import { walk } from './walk.ts'

const TEMPLATES = resolve(import.meta.dir, '../../templates/deb')

export type Packed = { items: Item[]; unit: Unit; project: string; script: string }

/**
 * @param component with an absolute path
 * @param name of the package
 * @throws UserError as readCompose and imagesOf
 */
export function packCompose(component: ComposeComponent, name: string): Packed {
  const project = readCompose(component.path, { project: projectName(component) })
  const built = new Set(imagesOf(component).flatMap(({ how, reference }) => (how === 'build' ? [reference] : [])))
  const unit = unitOf(name, project.name)
  const own = scriptOf(name, project.name)
  const override = overrideOf(project, `/usr/lib/${name}`)
  const data = {
    name,
    project: project.name,
    unit,
    script: `/${own}`,
    // Quoted for the shell: the rest is of letters that need none.
    folder: quoted(`/${merged(component.target)}`),
    file: quoted(basename(component.path)),
    override: override === undefined ? '' : `/${own}.yaml`,
    built: project.services.filter(({ image }) => built.has(image)).map(service => service.name),
  }
  const render = (template: string): string =>
    ejs.render(readFileSync(join(TEMPLATES, template), 'utf8'), data, { escape: String })
  const made = (target: string, content: string, mode = 0o644): Item => {
    return { kind: 'file', target, source: '', link: '', mode, owner: 'root:root', content }
  }
  return {
    project: project.name,
    script: `/${own}`,
    unit: { name: unit, enable: true, installable: true, template: false, starts: false },
    items: [
      ...filesOf(component, project),
      made(own, render('compose.ejs'), 0o755),
      ...(override === undefined ? [] : [made(`${own}.yaml`, override)]),
      made(`usr/lib/systemd/system/${unit}`, render('compose.service.ejs')),
    ],
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function filesOf(component: ComposeComponent, project: Project): Item[] {
  const folder = dirname(component.path)
  const target = merged(component.target)
  const items = new Map<string, Item>()
  const add = (item: Item): void => void items.set(item.target, item)
  const companions = companionsOf(project).filter(({ exists }) => exists)
  // Files after folders: what is private stays so in a folder that is mounted whole.
  for (const { path } of companions)
    if (statSync(join(folder, path)).isDirectory())
      walk(join(folder, path), posix.join(target, path), '755', 'root:root').map(plain).forEach(add)
  const file = (path: string, mode?: number): void => {
    const source = join(folder, path)
    add(
      plain({
        kind: 'file',
        target: posix.join(target, path),
        source,
        link: '',
        mode: mode ?? statSync(source).mode,
        owner: 'root:root',
      }),
    )
  }
  file(basename(component.path), 0o644)
  for (const { path, isPrivate } of companions)
    if (statSync(join(folder, path)).isFile()) file(path, isPrivate ? 0o600 : undefined)
  return [...items.values()]
}

/** As a file's own mode differs from clone to clone with the umask, only whether it is a program is taken from it. */
const plain = (item: Item): Item =>
  item.kind === 'file' && item.mode !== 0o600 ? { ...item, mode: item.mode & 0o100 ? 0o755 : 0o644 } : item

/**
 * Names for images that have none: Compose 1.29 would look for project_service, 2 for project-service. And a context that
 * exists, as 1.29 wants one even for what it is not to build (compose/config/config.py, validate_paths).
 * @returns undefined where nothing is built
 */
function overrideOf({ services, version }: Project, context: string): string | undefined {
  const changes = services.flatMap(({ name, build, image, named }) =>
    build ? [[name, { ...(named ? { image } : {}), build: { context } }] as const] : [],
  )
  if (changes.length === 0) return undefined
  const text = stringify({
    // 1.29 wants the same in all files; 2 passes over it.
    ...(version === undefined ? {} : { version }),
    services: Object.fromEntries(changes),
  })
  return `# The images come with the root file system or from a registry: nothing is built on the device.\n${text}`
}
