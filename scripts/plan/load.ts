/** From the words of a command line to a plan: what build, bundle, plan and shell share. */
import { join } from 'node:path'
import { type Loaded, loadConfig } from '../config/load.ts'
import { gitFacts } from '../lib/git.ts'
import { projectFolder } from '../lib/paths.ts'
import { cacheDir } from './cache.ts'
import { makePlan } from './make.ts'
import type { Plan } from './types.ts'

export type Words = {
  config: string
  set?: string[]
  out?: string | undefined
  fresh?: boolean
  emulate?: boolean
  'profile-foreign'?: boolean
  'allow-outside'?: boolean
}

/** @param strategy is called with the architecture to build. */
export async function loadPlan(
  words: Words,
  strategy: (need: { arch: string }) => Promise<string>,
  change?: (loaded: Loaded) => void,
): Promise<Plan> {
  const loaded = await loadConfig(words.config, {
    set: words.set ?? [],
    env: process.env,
    allowOutside: words['allow-outside'] ?? false,
  })
  change?.(loaded)
  const { config, dir } = loaded
  const epoch = process.env.SOURCE_DATE_EPOCH
  return makePlan(loaded, {
    cache: cacheDir(),
    out: words.out ?? join(projectFolder(), 'out', config.name),
    strategy: await strategy({ arch: config.arch }),
    emulate: words.emulate ?? false,
    fresh: words.fresh ?? false,
    profile: words['profile-foreign'] ?? false,
    git: await gitFacts(dir),
    epoch: epoch ? Number(epoch) : undefined,
  })
}
