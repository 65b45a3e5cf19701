/** One service of a compose file: what its image is, and how it could be built. */
import { resolve } from 'node:path'
import { child, type Fields, type Tree } from '../config/tree.ts'
import { UserError, type Where } from '../lib/errors.ts'
import type { Variables } from './interpolate.ts'
import { textOf } from './tree.ts'

export type Build = {
  /** Absolute; or an address, which `unsupported` names then. */
  context: string
  /** Absolute or relative to the context. */
  dockerfile?: string
  target?: string
  args: Record<string, string>
  /** What the compose file asks of this build that Rootsmith cannot do. */
  unsupported?: { what: string; where: Where }
}

export type Service = {
  name: string
  /** The name that the image has on the device. */
  image: string
  /** Whether that name is ours, as the compose file has none. */
  named: boolean
  build?: Build
  platform?: string
  where: Where
}

/** `docker build` would need more than a folder for these. */
const UNSUPPORTED = [
  'dockerfile_inline',
  'additional_contexts',
  'secrets',
  'ssh',
  'network',
  'extra_hosts',
  'entitlements',
]

/** reference.go of the distribution project: host, lower-case path, tag, digest. */
const IMAGE =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/|\[[0-9a-fA-F:]+\](?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/

export type ServiceContext = { project: string; folder: string; variables: Variables }

/** @throws UserError with file and line */
export function serviceOf(name: string, tree: Tree, context: ServiceContext): Service {
  const { where } = tree
  const key = `services.${name}`
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw new UserError(`${key} is not the name of a service`, { where })
  if (tree.kind !== 'map') throw new UserError(`${key} must be a mapping`, { where })
  const parent = tree.entries.get('extends')
  if (parent) {
    throw new UserError(`${key}.extends is not supported`, {
      where: parent.where,
      hint: 'write the service out; `docker compose config` prints it whole, and YAML anchors work',
    })
  }
  const build = buildOf(tree, `${key}.build`, context)
  const image = imageOf(tree, key, context)
  if (image === undefined && !build)
    throw new UserError(`${key} has neither \`image\` nor \`build\``, { where, hint: 'a container needs an image' })
  const platform = child(tree, 'platform')
  return {
    name,
    // Compose 1.29 would call it project_service and 2 project-service: one name for both, by the override file.
    image: image ?? `${context.project}-${name.toLowerCase()}:latest`,
    named: image === undefined,
    ...(build ? { build } : {}),
    ...(platform ? { platform: textOf(platform, `${key}.platform`, context.variables) } : {}),
    where,
  }
}

function imageOf(tree: Fields, key: string, { variables }: ServiceContext): string | undefined {
  const image = child(tree, 'image')
  if (!image) return undefined
  const name = textOf(image, `${key}.image`, variables)
  if (!IMAGE.test(name)) throw new UserError(`${key}.image is not the name of an image`, { where: image.where })
  return name
}

function buildOf(tree: Fields, key: string, context: ServiceContext): Build | undefined {
  const build = child(tree, 'build')
  if (!build) return undefined
  const text = (part: Tree, name: string): string => textOf(part, `${key}.${name}`, context.variables)
  if (build.kind === 'leaf') return withContext(textOf(build, key, context.variables), build.where, context, {})
  if (build.kind !== 'map') throw new UserError(`${key} must be a folder or a mapping`, { where: build.where })
  const [contextTree, dockerfile, target, args] = ['context', 'dockerfile', 'target', 'args'].map(name =>
    child(build, name),
  )
  const made = withContext(
    contextTree ? text(contextTree, 'context') : '.',
    contextTree?.where ?? build.where,
    context,
    args ? argsOf(args, `${key}.args`, context) : {},
  )
  if (dockerfile) made.dockerfile = text(dockerfile, 'dockerfile')
  if (target) made.target = text(target, 'target')
  const extra = UNSUPPORTED.find(name => build.entries.has(name))
  if (extra !== undefined)
    made.unsupported ??= { what: `\`build.${extra}\``, where: build.entries.get(extra)?.where ?? build.where }
  return made
}

/** As docker build tells them from folders: addresses, and repositories by git's short way to name them. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/

function withContext(written: string, where: Where, { folder }: ServiceContext, args: Record<string, string>): Build {
  if (REMOTE.test(written)) return { context: written, args, unsupported: { what: 'a build from an address', where } }
  return { context: resolve(folder, written), args }
}

/** A mapping, or a list of `NAME=value`. A name alone takes the environment's value in Compose; here it must be in `.env`. */
function argsOf(tree: Tree, key: string, { variables }: ServiceContext): Record<string, string> {
  const found: Record<string, string> = {}
  const fromVariables = (name: string, where: Where): void => {
    const value = variables.get(name)
    if (value === undefined) {
      throw new UserError(`${key} has \`${name}\` without a value`, {
        where,
        hint: 'give it one, here or in the `.env` beside the compose file: the environment of the build is not used',
      })
    }
    found[name] = value
  }
  if (tree.kind === 'map') {
    for (const [name, { value }] of tree.entries) {
      if (value.kind === 'leaf' && value.value === null) fromVariables(name, value.where)
      else found[name] = textOf(value, `${key}.${name}`, variables)
    }
  } else if (tree.kind === 'list') {
    for (const item of tree.items) {
      const text = textOf(item, key, variables)
      const equals = text.indexOf('=')
      if (equals < 0) fromVariables(text, item.where)
      else found[text.slice(0, equals)] = text.slice(equals + 1)
    }
  } else if (tree.kind === 'leaf' && tree.value !== null)
    throw new UserError(`${key} must be a mapping or a list`, { where: tree.where })
  return found
}
