/** Plan, pick, build, and show it: what `just build` and `just bundle` do. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Loaded } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { beforeEnd } from '../lib/main.ts'
import { shown } from '../lib/paths.ts'
import { readMetadata } from '../output/current.ts'
import { loadPlan, type Words } from '../plan/load.ts'
import type { Plan } from '../plan/types.ts'
import { freeBytes } from '../sandbox/obstacles.ts'
import { size } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'
import { makeScreen } from '../screen/screen.ts'
import { pickStrategy } from './pick.ts'
import type { Strategy } from './strategy.ts'

type BuildWords = Words & { strategy: string; fresh: boolean; json: boolean; verbose: boolean }

export async function buildAndShow(words: BuildWords, change?: (loaded: Loaded) => void): Promise<void> {
  let strategy: Strategy | undefined
  const makePlan = (fresh: boolean): Promise<Plan> =>
    loadPlan(
      { ...words, fresh },
      async need => {
        strategy ??= await pickStrategy(words.strategy, need)
        return strategy.name
      },
      change,
    )
  const plan = await makePlan(words.fresh)
  if (!strategy) throw new Error('no strategy was picked')
  mkdirSync(plan.cache, { recursive: true })
  requireSpace(plan)

  const started = Date.now()
  const seconds = (): number => (Date.now() - started) / 1000
  const mode = screenMode({ json: words.json, isTTY: process.stdout.isTTY === true, env: process.env })
  const screen = makeScreen({ mode, plan, verbose: words.verbose })
  const letGo = beforeEnd(() => screen.fail())
  await strategy.build(plan, screen, () => makePlan(false))
  letGo()
  const metadata = readMetadata(plan.out)
  if (!metadata) throw new Error(`${plan.out} has no metadata.json after the build`)
  const { stages, artifacts } = metadata
  await screen.end({
    name: plan.name,
    out: plan.out,
    seconds: seconds(),
    stages: stages as Parameters<typeof screen.end>[0]['stages'],
    artifacts,
  })
}

/** What a stage that was never built may take; the shipped Pi's whole rootfs has 1.2 GB. */
const UNKNOWN_STAGE = 300 * 2 ** 20
const SPARE = 2 ** 30

/** Better now than an hour from now, as `No space left on device` in a maintainer script. */
function requireSpace(plan: Plan): void {
  const stages = plan.stages.filter(({ status }) => status === 'build')
  const layers = stages.reduce((sum, stage) => sum + (stage.bytes || UNKNOWN_STAGE), 0)
  const image = plan.stages.reduce((sum, stage) => sum + (stage.bytes || 0), 0)
  const needed = layers + image + SPARE
  const free = freeBytes(plan.cache)
  if (free < needed) {
    throw new UserError(`${shown(plan.cache)} has ${size(free)} free, and this build may need ${size(needed)}`, {
      hint: 'free some with `just cache --prune`, or set ROOTSMITH_CACHE to a folder on a larger disk',
    })
  }
  for (let folder = plan.out; ; folder = dirname(folder)) {
    if (!existsSync(folder)) continue
    if (freeBytes(folder) < image)
      throw new UserError(`${shown(folder)} has only ${size(freeBytes(folder))} free`, {
        hint: 'free some, or name another folder with --out',
      })
    return
  }
}
