/** Config, stage folders and what the cache knows → the plan. Reads; writes nothing and runs nothing. */
import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Loaded } from '../config/load.ts'
import { get } from '../config/path.ts'
import { privateValues } from '../config/private.ts'
import { redact } from '../config/redact.ts'
import type { Config, OutputName } from '../config/schema.ts'
import { hiding } from '../lib/hide.ts'
import { outputs } from '../output/index.ts'
import { PLATFORM, readsOf, STAGE, wantedImages, worldOfReads } from '../preload/wanted.ts'
import { readStages, type StageFolder } from '../stage/folder.ts'
import { findLayer, keyFile, type Layer, listLayers } from './cache.ts'
import type { Plan, PlannedStage } from './types.ts'
import { fileLabel, type GitFacts, packageVersion } from './version.ts'
import { digestOf, importsOf, privateKeys, ROOT, type World, worldOf } from './world.ts'

export type PlanOptions = {
  cache: string
  out: string
  strategy: string
  emulate: boolean
  fresh: boolean
  profile: boolean
  git: GitFacts | undefined
  /** $SOURCE_DATE_EPOCH, where it is set. */
  epoch: number | undefined
}

/**
 * What time it is in a rootfs: the day its suite was released, a date that changes only when the suite does. With the
 * last commit's time, every commit would make every layer another one.
 */
const RELEASED = { bookworm: Date.UTC(2023, 5, 10) / 1000, trixie: Date.UTC(2025, 7, 9) / 1000 } as const

export async function makePlan(loaded: Loaded, options: PlanOptions): Promise<Plan> {
  const { config, file, dir } = loaded
  const suite = config.from.debian?.suite ?? 'trixie'
  const rootfsEpoch = options.epoch ?? RELEASED[suite]
  const version = config.package.version ?? packageVersion(options.git)
  const label = fileLabel(options.git)
  const settings = { rootfsEpoch, emulate: options.emulate, version }
  const world = worldOf(config, dir, settings, privateKeys(loaded.env))
  const hide = hiding(privateValues(loaded, process.env)).text
  const folders = await readStages([join(ROOT, 'stages'), ...config.stages])
  const layers = listLayers(options.cache)
  const images = planImages(config, dir, layers, options.fresh)
  const stages = [...images, ...planStages(folders, config, layers, world, options.fresh)].map(stage =>
    shown(stage, hide),
  )
  const sourceDateEpoch = options.epoch ?? options.git?.time ?? Math.floor(statSync(file).mtimeMs / 1000)
  return {
    version: 1,
    name: config.name,
    config: redact(loaded),
    env: loaded.env,
    configFile: file,
    cache: options.cache,
    out: options.out,
    strategy: options.strategy,
    emulate: options.emulate,
    fresh: options.fresh,
    profile: options.profile,
    sourceDateEpoch,
    rootfsEpoch,
    packageVersion: version,
    label,
    ...(options.git ? { commit: `${options.git.commit}${options.git.dirty ? '-dirty' : ''}` } : {}),
    stages,
    outputsKey: outputsKey(stages, [
      redact(loaded),
      sealed(loaded, options.cache),
      version,
      label,
      sourceDateEpoch,
      // Another key under the same name signs otherwise.
      ...(config.bundle.sign_key ? [digestOf(config.bundle.sign_key)] : []),
    ]),
    outputs: outputs
      .filter(({ name }) => config.outputs.includes(name))
      .map(output => ({ name: output.name, files: output.files(config, { version, label }) })),
  }
}

/** The images of compose projects, as one more stage; none without such a component. */
function planImages(config: Config, configDir: string, layers: Layer[], fresh: boolean): PlannedStage[] {
  const wanted = wantedImages(config)
  if (wanted.length === 0) return []
  const found = findLayer(layers, STAGE, '', worldOfReads(readsOf(wanted, config, configDir)))
  const steps = wanted.map(({ how, reference }) => {
    return { file: reference, title: `${how === 'pull' ? 'Pull' : 'Build'} ${reference} for ${PLATFORM[config.arch]}` }
  })
  const base = { name: STAGE, dirs: [], steps }
  if ('layer' in found && !fresh) {
    const { id: layer, seconds, bytes } = found.layer
    return [{ ...base, status: 'cached', layer, reason: '', seconds, bytes }]
  }
  const last = 'reason' in found ? found.last : found.layer
  const reason = fresh ? '--fresh' : 'reason' in found ? found.reason : ''
  return [{ ...base, status: 'build', reason, seconds: last?.seconds ?? 0, bytes: last?.bytes ?? 0 }]
}

/** Folders may be named by the environment, and a step may say whatever it likes. */
function shown(stage: PlannedStage, hide: (text: string) => string): PlannedStage {
  const steps = stage.steps.map(step => ({ ...step, ...(step.skip ? { skip: hide(step.skip) } : {}) }))
  return { ...stage, dirs: stage.dirs.map(hide), reason: hide(stage.reason), steps }
}

function planStages(
  stages: StageFolder[],
  config: Config,
  layers: Layer[],
  world: World,
  fresh: boolean,
): PlannedStage[] {
  let parent: string | undefined = ''
  let above = ''
  return stages.map(({ name, dirs, steps }) => {
    const planned = steps.map(({ file, step }) => {
      const skip = step.skip?.({ config })
      return { file: basename(file), title: step.title, ...(skip ? { skip } : {}) }
    })
    const base = { name, dirs, steps: planned }
    if (planned.every(step => step.skip)) {
      const reason = planned[0]?.skip ?? 'it has no steps'
      return { ...base, status: 'skipped', reason, seconds: 0, bytes: 0 }
    }
    const found = parent === undefined ? undefined : findLayer(layers, name, parent, world)
    if (found && 'layer' in found && !fresh) {
      parent = found.layer.id
      return {
        ...base,
        status: 'cached',
        layer: found.layer.id,
        reason: '',
        seconds: found.layer.seconds,
        bytes: found.layer.bytes,
      }
    }
    const last = layers.find(layer => layer.stage === name)
    const below = last ? `${above} is built again` : 'not built before'
    const reason = fresh ? '--fresh' : found && 'reason' in found ? found.reason : below
    parent = undefined
    above ||= name
    return { ...base, status: 'build', reason, seconds: last?.seconds ?? 0, bytes: last?.bytes ?? 0 }
  })
}

/** Layers stand for everything that was read to make the rootfs; what is left is the config, and the code of the outputs. */
function outputsKey(stages: PlannedStage[], rest: unknown[]): string {
  if (stages.some(({ status }) => status === 'build')) return ''
  const code = [
    ...importsOf(join(ROOT, 'scripts/output/index.ts')),
    join(ROOT, 'templates/deb'),
    join(ROOT, 'templates/flash'),
  ].map(digestOf)
  return createHash('sha256')
    .update(JSON.stringify([stages.map(({ layer }) => layer), rest, code]))
    .digest('hex')
}

/** metadata.json is given away with the results: whoever has it must not be able to try out what a value was. */
function sealed({ config, env }: Loaded, cache: string): string {
  const key = keyFile(cache)
  if (env.length === 0 || !existsSync(key)) return ''
  const values = JSON.stringify(env.map(({ path }) => get(config, path)))
  return createHmac('sha256', readFileSync(key)).update(values).digest('hex')
}

/** The outputs that a config names and those they need, in the order in which they are made. */
export function neededOutputs(config: Config): OutputName[] {
  const needed = new Set<OutputName>()
  const add = (name: OutputName): void => {
    const needs = outputs.find(output => output.name === name)?.needs ?? []
    for (const below of typeof needs === 'function' ? needs(config) : needs) add(below)
    needed.add(name)
  }
  for (const name of config.outputs) add(name)
  return outputs.map(({ name }) => name).filter(name => needed.has(name))
}
