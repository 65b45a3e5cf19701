/** The volume that keeps cache and work between builds. */
import { type Engine, engineRun } from './engine.ts'
import { explain } from './errors.ts'

/** `$ROOTSMITH_CACHE_VOLUME`, else `rootsmith-cache`. */
export const cacheVolume = (env: NodeJS.ProcessEnv = process.env): string =>
  env.ROOTSMITH_CACHE_VOLUME || 'rootsmith-cache'

/** Makes it unless it is there. @returns its name. @throws ContainerError */
export async function ensureVolume(engine: Engine): Promise<string> {
  const name = cacheVolume()
  // podman's `create` fails where there is one.
  if ((await engineRun(engine, ['volume', 'inspect', name])).exitCode === 0) return name
  const made = await engineRun(engine, ['volume', 'create', '--label', 'org.rootsmith.cache=1', name])
  if (made.exitCode !== 0) throw explain(`the volume ${name} can't be made`, made.stderr, 'invalid specification')
  return name
}

/** @returns whether there was one. @throws ContainerError, while a container uses it. */
export async function removeVolume(engine: Engine): Promise<boolean> {
  const name = cacheVolume()
  if ((await engineRun(engine, ['volume', 'inspect', name])).exitCode !== 0) return false
  const removed = await engineRun(engine, ['volume', 'rm', name])
  if (removed.exitCode !== 0) throw explain(`the volume ${name} can't be removed`, removed.stderr, 'container failed')
  return true
}
