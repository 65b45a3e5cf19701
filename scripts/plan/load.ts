/** From the words of a command line to what is to be built: what build, bundle, plan and shell share. */
import { join } from 'node:path'
import { type Loaded, loadConfig } from '../config/load.ts'
import { requireBsp } from '../jetson/present.ts'
import { gitFacts } from '../lib/git.ts'
import { projectFolder } from '../lib/paths.ts'
import { startFrom } from '../source/brought.ts'
import type { Request } from '../strategy/strategy.ts'

export type Words = {
  config: string
  rootfs?: string | undefined
  name?: string | undefined
  set?: string[]
  out?: string | undefined
  fresh?: boolean
  emulate?: boolean
  'profile-foreign'?: boolean
  'allow-outside'?: boolean
}

export async function loadRequest(words: Words, change?: (loaded: Loaded) => void): Promise<Request> {
  const loaded = await loadConfig(words.config, {
    ...startFrom(words),
    env: process.env,
    allowOutside: words['allow-outside'] ?? false,
  })
  change?.(loaded)
  requireBsp(loaded)
  const { config, dir } = loaded
  const epoch = process.env.SOURCE_DATE_EPOCH
  const options = {
    out: words.out ?? join(projectFolder(), 'out', config.name),
    emulate: words.emulate ?? false,
    fresh: words.fresh ?? false,
    profile: words['profile-foreign'] ?? false,
    git: await gitFacts(dir),
    epoch: epoch ? Number(epoch) : undefined,
  }
  return { loaded, options }
}
