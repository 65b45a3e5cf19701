/**
 * What a compose file says about images. Variables come from the `.env` beside it and from nowhere else, so that the same
 * sources give the same image on every machine. Reads files, writes none and runs nothing.
 */
import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Component } from '../config/schema.ts'
import { didYouMean } from '../config/suggest.ts'
import { child, type Tree } from '../config/tree.ts'
import { UserError } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import { variablesFor } from './dot-env.ts'
import { type Service, serviceOf } from './service.ts'
import { refuseBadVariables, treeOf } from './tree.ts'

export type { Service } from './service.ts'
export type ComposeComponent = Extract<Component, { type: 'docker-compose' }>

export type Project = {
  name: string
  file: string
  services: Service[]
  /** What the top-level `version` says, if there is one. */
  version?: string
  tree: Tree
  variables: ReadonlyMap<string, string>
}

/**
 * @param file absolute
 * @throws UserError with file and line for what Compose would refuse and for what is not supported
 */
export function readCompose(file: string, { project }: { project: string }): Project {
  const tree = treeOf(file)
  const where = { file: shown(file), line: 1 }
  if (tree.kind !== 'map')
    throw new UserError('is not a compose file', { where, hint: 'it is a mapping with `services`' })
  const include = tree.entries.get('include')
  if (include) {
    throw new UserError('include is not supported', {
      where: include.where,
      hint: 'write the services out: `docker compose config` prints them whole',
    })
  }
  const services = child(tree, 'services')
  if (services?.kind !== 'map' || services.entries.size === 0)
    throw new UserError('has no services', { where: services?.where ?? where })
  const variables = variablesFor(file, project)
  refuseBadVariables(tree, variables)
  const context = { project, folder: dirname(file), variables }
  const version = child(tree, 'version')
  return {
    name: project,
    file,
    services: [...services.entries].map(([name, { value, where }]) => serviceOf(name, { ...value, where }, context)),
    ...(version?.kind === 'leaf' ? { version: version.source.replaceAll(/["']/g, '') } : {}),
    tree,
    variables,
  }
}

/** The component's own, or the name of its folder on the device, in the letters that Compose allows. */
export function projectName({ project, target }: ComposeComponent): string {
  if (project !== undefined) return project
  const name = basename(target)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
  if (name !== '') return name
  throw new UserError(`${target} gives no name for the compose project`, { hint: 'set `project`' })
}

export type Image = { reference: string; how: 'build' | 'pull'; service: Service }

/**
 * The images that a component's containers need, each once: built where the `operation` is `build`, `services` names the
 * service (or nobody) and it has a `build`; pulled otherwise.
 * @throws UserError as readCompose, and for a service that can be had in neither way or that is not there
 */
export function imagesOf(component: ComposeComponent): Image[] {
  const { services } = readCompose(component.path, { project: projectName(component) })
  const names = services.map(({ name }) => name)
  const unknown = component.services.find(name => !names.includes(name))
  if (unknown !== undefined) {
    throw new UserError(`has no service \`${unknown}\``, {
      where: { file: shown(component.path) },
      hint: didYouMean(unknown, names) ?? `it has ${names.map(name => `\`${name}\``).join(', ')}`,
    })
  }
  const images = services.map(service => ({ reference: service.image, how: wayOf(service, component), service }))
  const built = new Map<string, Service>()
  for (const { reference, how, service } of images) {
    if (how !== 'build') continue
    const other = built.get(reference)
    if (other && JSON.stringify(other.build) !== JSON.stringify(service.build)) {
      throw new UserError(
        `services.${service.name} builds \`${reference}\`, and services.${other.name} builds it, too`,
        {
          where: service.where,
          hint: 'give each an `image` of its own',
        },
      )
    }
    if (!other) built.set(reference, service)
  }
  // A service may run the image that another one builds: it is built once, and pulled by nobody.
  return images.filter(({ reference, how, service }, i) =>
    built.has(reference)
      ? how === 'build' && built.get(reference) === service
      : images.findIndex(other => other.reference === reference) === i,
  )
}

function wayOf({ name, named, build, where }: Service, component: ComposeComponent): Image['how'] {
  const { operation, services } = component
  if (operation === 'build' && build && (services.length === 0 || services.includes(name))) {
    if (build.unsupported)
      throw new UserError(`services.${name}: ${build.unsupported.what} is not supported`, {
        where: build.unsupported.where,
        hint: 'build and push it yourself, name it in `image`, and let Rootsmith pull it',
      })
    if (!statSync(build.context, { throwIfNoEntry: false })?.isDirectory())
      throw new UserError(`services.${name}.build: ${shown(build.context)} is not a folder`, { where })
    return 'build'
  }
  if (!named) return 'pull'
  throw new UserError(`services.${name} has a \`build\` and no \`image\`, so it cannot be pulled`, {
    where,
    hint:
      operation === 'pull'
        ? 'name its `image`, or set `operation: build` for the component'
        : `name its \`image\`, or add \`${name}\` to the component's \`services\``,
  })
}
