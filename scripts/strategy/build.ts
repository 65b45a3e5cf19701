/** Load, pick, build, and show it: what `just build` and `just bundle` do. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Loaded } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { beforeEnd } from '../lib/main.ts'
import { shown } from '../lib/paths.ts'
import { readMetadata } from '../output/current.ts'
import { requireSignPassword } from '../output/sign.ts'
import { loadRequest, type Words } from '../plan/load.ts'
import type { Plan } from '../plan/types.ts'
import { freeBytes } from '../sandbox/obstacles.ts'
import { size } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'
import { makePreparing } from '../screen/preparing.ts'
import { makeScreen, type Screen } from '../screen/screen.ts'
import { needOf } from './need.ts'
import { withStrategy } from './pick.ts'

type BuildWords = Words & { strategy: string; fresh: boolean; json: boolean; verbose: boolean }

export async function buildAndShow(words: BuildWords, change?: (loaded: Loaded) => void): Promise<void> {
  const request = await loadRequest(words, change)
  requireSignPassword(request.loaded.config, process.env)
  const mode = screenMode({ json: words.json, isTTY: process.stdout.isTTY === true, env: process.env })
  const started = Date.now()
  let screen: Screen | undefined
  const letGo = beforeEnd(() => screen?.fail())
  const preparing = makePreparing(mode)
  const putAway = beforeEnd(() => preparing.done(false))
  const begin = async (plan: Plan): Promise<Screen> => {
    await preparing.done(true)
    requireSpace(plan)
    screen = makeScreen({ mode, plan, verbose: words.verbose })
    return screen
  }
  const plan = await withStrategy(
    words.strategy,
    needOf(request.loaded.config),
    strategy => strategy.build(request, begin, preparing),
    ({ name }, { message }) => preparing.warn(`${name}: ${message}; trying the next strategy`),
  )
  letGo()
  putAway()
  const metadata = readMetadata(plan.out)
  if (!metadata) throw new Error(`${plan.out} has no metadata.json after the build`)
  const { stages, artifacts } = metadata
  await screen?.end({
    name: plan.name,
    out: plan.out,
    seconds: (Date.now() - started) / 1000,
    stages: stages as Parameters<Screen['end']>[0]['stages'],
    artifacts,
  })
}

/** Better now than an hour from now. Whether the cache has space its strategy knows. */
function requireSpace(plan: Plan): void {
  const image = plan.stages.reduce((sum, stage) => sum + (stage.bytes || 0), 0)
  for (let folder = plan.out; ; folder = dirname(folder)) {
    if (!existsSync(folder)) continue
    if (freeBytes(folder) < image)
      throw new UserError(`${shown(folder)} has only ${size(freeBytes(folder))} free`, {
        hint: 'free some, or name another folder with --out',
      })
    return
  }
}
