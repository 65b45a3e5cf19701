/** Everything on the build machine that a compose component is made of. */
import { dirname, join, resolve } from 'node:path'
import { dotEnvOf } from './dot-env.ts'
import { companionsOf } from './files.ts'
import { type ComposeComponent, imagesOf, projectName, readCompose } from './read.ts'

/**
 * What the package holds: the compose file and what it names beside itself. Also names what is not there: once it is, the
 * package is another.
 */
export function packedSources(component: ComposeComponent): string[] {
  const project = readCompose(component.path, { project: projectName(component) })
  const folder = dirname(component.path)
  return [component.path, dotEnvOf(component.path), ...companionsOf(project).map(({ path }) => join(folder, path))]
}

/** What its images are built from: the contexts, and Dockerfiles elsewhere. */
export const builtSources = (component: ComposeComponent): string[] =>
  imagesOf(component).flatMap(({ how, service: { build } }) =>
    how === 'build' && build ? [build.context, resolve(build.context, build.dockerfile ?? 'Dockerfile')] : [],
  )
