/**
 * The runner: process 1 of the sandbox. Takes a plan, builds what is not cached, makes the outputs, and says on stdout how it goes.
 * Usage: run.ts PLAN WORK
 */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { EXIT, StepError, UserError } from '../lib/errors.ts'
import { mirrorsOf } from '../lib/mirrors.ts'
import { makeOutputs } from '../output/make.ts'
import { findLayer, type Layer, layerFiles, listLayers } from '../plan/cache.ts'
import type { Plan } from '../plan/types.ts'
import { privateKeys, ROOT, worldOf } from '../plan/world.ts'
import { STAGE } from '../preload/wanted.ts'
import { openTools } from '../sandbox/tools.ts'
import { TOOLS_SUITE } from '../sandbox/trees.ts'
import { readStages, type StageFolder } from './folder.ts'
import { discardLayer, isWhole } from './inventory.ts'
import { touchLayer } from './layers.ts'
import { emit } from './make-context.ts'
import { performStage, type Workshop } from './perform.ts'
import { foreignOf, keepInMemory, readPlan, sayProfile, tree } from './prepare.ts'

/** What the driver needs to know afterwards that is in no event. */
export type Result = { layers: string[] }

async function main(planFile: string, work: string): Promise<void> {
  await $({ quiet: true })`mount -t proc proc /proc`
  await keepInMemory(work)
  const plan = readPlan(planFile)
  const { config } = plan
  const configDir = dirname(plan.configFile)
  const stages = await readStages([join(ROOT, 'stages'), ...config.stages])
  const settings = { rootfsEpoch: plan.rootfsEpoch, emulate: plan.emulate, version: plan.packageVersion }
  const secrets = privateKeys(plan.env)
  const world = worldOf(config, configDir, settings, secrets)

  const mirrors = mirrorsOf(config.from.debian, join(work, 'mirrors'))
  const tools = await openTools(join(work, 'tools'), (await tree(plan, work, { suite: TOOLS_SUITE })).root, {
    scratch: join(work, 'scratch'),
    out: join(work, 'out'),
    mirrors: mirrors?.folder,
  })
  const workshop: Workshop = {
    cache: plan.cache,
    work,
    config,
    configDir,
    secrets,
    settings,
    nonce: plan.fresh ? String(Date.now()) : '',
    tools,
    mirrors,
    foreign: await foreignOf(plan, work),
  }

  const below: string[] = []
  for (const stage of stages) {
    const planned = plan.stages.find(({ name }) => name === stage.name)
    if (!planned || planned.steps.every(step => step.skip)) {
      emit({
        type: 'stage_complete',
        name: stage.name,
        status: 'skipped',
        seconds: 0,
        reason: planned?.reason ?? '',
        bytes: 0,
        layer: '',
      })
      continue
    }
    below.unshift((await stageLayer(stage, below, planned.reason, plan, workshop, world)).id)
  }
  if (plan.profile) sayProfile(work)
  await makeOutputs(
    plan,
    workshop,
    below.map(id => layerFiles(plan.cache, id)),
    imagesOf(plan),
  )
  writeFileSync(join(work, 'result.json'), JSON.stringify({ layers: below } satisfies Result))
}

/** The folder of the layer with the images that go into the rootfs; undefined without any. */
function imagesOf(plan: Plan): string | undefined {
  const layer = plan.stages.find(({ name }) => name === STAGE)?.layer
  return layer && layerFiles(plan.cache, layer)
}

/** A stage's layer, from the cache when its trace holds on what was really built below it. */
async function stageLayer(
  stage: StageFolder,
  below: string[],
  why: string,
  plan: Plan,
  workshop: Workshop,
  world: ReturnType<typeof worldOf>,
): Promise<Layer> {
  emit({ type: 'stage_start', name: stage.name, steps: stage.steps.length })
  const found = plan.fresh ? { reason: why } : findLayer(listLayers(plan.cache), stage.name, below[0] ?? '', world)
  const reused = 'layer' in found && (await isWhole(plan.cache, found.layer))
  if ('layer' in found && !reused) discardLayer(plan.cache, found.layer, workshop.work)
  const layer = reused ? found.layer : await performStage(stage, below, workshop)
  touchLayer(plan.cache, layer.id)
  const reason = 'reason' in found ? found.reason : reused ? '' : 'its layer in the cache is damaged'
  emit({
    type: 'stage_complete',
    name: stage.name,
    status: reused ? 'reused' : 'built',
    seconds: layer.seconds,
    reason,
    bytes: layer.bytes,
    layer: layer.id,
  })
  return layer
}

const [planFile, work] = process.argv.slice(2)
if (!planFile || !work) throw new Error('usage: run.ts PLAN WORK')
process.on('SIGTERM', () => process.exit(EXIT.interrupted))
try {
  await main(planFile, work)
  process.exit(EXIT.ok)
} catch (error) {
  if (error instanceof StepError) emit({ type: 'failed', ...error.detail })
  else
    emit({
      type: 'failed',
      stage: '',
      title: 'the build',
      file: '',
      message: error instanceof UserError ? error.message : trace(error),
      hint: error instanceof UserError ? error.hint : undefined,
    })
  process.exit(EXIT.failed)
}

/** zx gives a failed command's output in the message alone. */
function trace(error: unknown): string {
  return error instanceof Error ? [error.message, error.stack].join('\n') : String(error)
}
