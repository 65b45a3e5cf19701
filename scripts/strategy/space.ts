/** Whether the cache has space for a build. */
import { UserError } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import type { Plan } from '../plan/types.ts'
import { freeBytes } from '../sandbox/obstacles.ts'
import { size } from '../screen/format.ts'

/** What a stage that was never built may take; the shipped Pi's whole rootfs has 1.2 GB. */
const UNKNOWN_STAGE = 300 * 2 ** 20
const SPARE = 2 ** 30

/** Better now than an hour from now, as `No space left on device` in a maintainer script. */
export function requireCacheSpace(plan: Plan): void {
  const stages = plan.stages.filter(({ status }) => status === 'build')
  const layers = stages.reduce((sum, stage) => sum + (stage.bytes || UNKNOWN_STAGE), 0)
  const image = plan.stages.reduce((sum, stage) => sum + (stage.bytes || 0), 0)
  const needed = layers + image + SPARE
  const free = freeBytes(plan.cache)
  if (free < needed) {
    throw new UserError(`${shown(plan.cache)} has ${size(free)} free, and this build may need ${size(needed)}`, {
      hint:
        plan.strategy === 'native'
          ? 'free some with `just cache --prune`, or set ROOTSMITH_CACHE to a folder on a larger disk'
          : "that is the engine's disk: `docker system df` says what takes it, `just clean --cache` empties our volume",
    })
  }
}
