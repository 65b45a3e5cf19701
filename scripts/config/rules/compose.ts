/** Rules about docker-compose components: what their file says, and whether the device can run it. */
import { companionsOf } from '../../compose/files.ts'
import { type ComposeComponent, imagesOf, projectName, readCompose } from '../../compose/read.ts'
import { type Problem, UserError } from '../../lib/errors.ts'
import type { Path } from '../path.ts'
import type { Rule, RuleContext } from '../rules.ts'
import type { Config } from '../schema.ts'
import { didYouMean } from '../suggest.ts'
import { kindOf } from './file.ts'

/** A compose file is read early, as Compose would, and so is what it names. */
export const composeFilesAreWhole: Rule = ({ components }, context) =>
  components.flatMap((component, i) => {
    if (component.type !== 'docker-compose' || kindOf(component.path) !== 'file') return []
    const path = ['components', i, 'path']
    try {
      const name = nameOf(component)
      if (name === undefined) {
        const hint = 'set `project`, in letters a-z, digits, `-` and `_`'
        return context.problem(['components', i, 'target'], 'gives no name for the compose project', hint)
      }
      const project = readCompose(component.path, { project: name })
      const names = project.services.map(service => service.name)
      const unknown = component.services.flatMap((service, j) =>
        names.includes(service) ? [] : noService(service, names, ['components', i, 'services', j], context),
      )
      if (unknown.length > 0) return unknown
      imagesOf(component)
      companionsOf(project)
      return []
    } catch (error) {
      if (error instanceof UserError) return located(error, path, context)
      throw error
    }
  })

function noService(name: string, names: string[], path: Path, context: RuleContext): Problem[] {
  const others = `it has ${names.map(other => `\`${other}\``).join(', ')}`
  return context.problem(path, `the compose file has no service \`${name}\``, didYouMean(name, names) ?? others)
}

/** In the compose file itself, where it has a line; but nothing of a path that came from the environment. */
function located(error: UserError, path: Path, context: RuleContext): Problem[] {
  const { message, hint, where } = error
  if (context.isPrivate(path)) return context.problem(path, 'names a compose file that cannot be used')
  const problems = context.problem(path, where ? message : `${context.show(path)} ${message}`, hint)
  return where ? problems.map(problem => ({ ...problem, where })) : problems
}

function nameOf(component: ComposeComponent): string | undefined {
  try {
    return projectName(component)
  } catch {
    return undefined
  }
}

/** Compose tells projects apart by their names alone: two of one name would take each other's containers down. */
export const projectsAreDistinct: Rule = ({ components }, { problem }) => {
  const first = new Map<string, number>()
  return components.flatMap((component, i) => {
    const name = component.type === 'docker-compose' ? nameOf(component) : undefined
    if (component.type !== 'docker-compose' || name === undefined) return []
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, i)
      return []
    }
    const key = component.project === undefined ? 'target' : 'project'
    return problem(
      ['components', i, key],
      `makes the compose project \`${name}\`, and so does \`components[${other}]\``,
      'set another `project` for one of them',
    )
  })
}

/** Debian's names first, then Docker's own and Microsoft's. podman-docker is none of them: it has no docker.service. */
const ENGINES = ['docker.io', 'docker-ce', 'docker-ee', 'moby-engine']
/** Since trixie docker.io and docker-compose only recommend docker-cli, and recommended packages are not installed. */
const CLIENTS = ['docker-cli', 'docker-ce', 'docker-ce-cli', 'docker-ee', 'docker-ee-cli', 'moby-cli']
const COMPOSES = ['docker-compose', 'docker-compose-plugin', 'docker-compose-v2', 'moby-compose']

/** A rootfs that is given may have Docker already, and stages of one's own may bring it. */
export const dockerIsInstalled: Rule = (config, { problem }) => {
  const { components, from, stages } = config
  const i = components.findIndex(({ type }) => type === 'docker-compose')
  if (i < 0 || !from.debian || stages.length > 0) return []
  const clients = from.debian.suite === 'bookworm' ? [...CLIENTS, 'docker.io'] : CLIENTS
  const needs: [what: string, names: string[]][] = [
    ['Docker', ENGINES],
    ["Docker's command", clients],
    ['Docker Compose', COMPOSES],
  ]
  const lacks = needs.filter(([, names]) => !installs(config, names))
  // Docker brings its command with it in bookworm.
  const missing = lacks.filter(([, names]) => names !== clients || !clients.includes('docker.io') || lacks.length === 1)
  if (missing.length === 0) return []
  const what = missing.map(([name]) => name)
  const names = missing.map(([, [name]]) => `\`${name}\``)
  return problem(
    ['components', i, 'type'],
    `needs ${and(what)}, which nothing installs`,
    `add ${and(names)} to \`depends\``,
  )
}

const and = (words: string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' and $1')

const installs = ({ packages, depends }: Config, names: string[]): boolean =>
  [...packages, ...depends].some(entry => names.includes(entry.replace(/[:=/].*$/, '')))
