/** The images of compose projects as a layer: the one in the cache, or a new one. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { ContainerError } from '../container/errors.ts'
import { Interrupted, StepError, type StepFailure, UserError } from '../lib/errors.ts'
import { type Event, parseEvent } from '../lib/events.ts'
import { interrupted, onInterrupt } from '../lib/interrupt.ts'
import { linesOf } from '../lib/lines.ts'
import { findLayer, type Layer, listLayers } from '../plan/cache.ts'
import type { Plan } from '../plan/types.ts'
import { ROOT } from '../plan/world.ts'
import { enter } from '../sandbox/enter.ts'
import { discardLayer, isWhole } from '../stage/inventory.ts'
import { keepLayer, touchLayer } from '../stage/layers.ts'
import type { Auths } from './auths.ts'
import type { BuildOrder } from './build.ts'
import { fillStore } from './fill.ts'
import { readsOf, STAGE, wantedImages, worldOfReads } from './wanted.ts'

/** What only the driver has, which may be outside of the container that builds. */
export type Supplies = {
  /** @returns an archive with the images that are built here; undefined when none is. */
  built(order: BuildOrder, folder: string): Promise<string | undefined>
  auths(): Promise<Auths>
}

type Hands = Supplies & { work: string; event(event: Event): void; raw(line: string): void }

/**
 * @param config with its real values. @param configDir its folder.
 * @returns id of the layer. @throws StepError
 */
export async function preload(plan: Plan, config: Config, configDir: string, hands: Hands): Promise<string> {
  const wanted = wantedImages(config)
  const reads = readsOf(wanted, config, configDir)
  hands.event({ type: 'stage_start', name: STAGE, steps: wanted.length })
  const found = findLayer(listLayers(plan.cache), STAGE, '', worldOfReads(reads))
  const reused = !plan.fresh && 'layer' in found && (await isWhole(plan.cache, found.layer))
  if (!plan.fresh && 'layer' in found && !reused) discardLayer(plan.cache, found.layer, hands.work)
  const made = async (): Promise<Layer> => {
    const started = Date.now()
    const folder = join(hands.work, 'images-layer')
    rmSync(folder, { recursive: true, force: true })
    await fill(plan, config, wanted, join(folder, 'fs'), hands).catch(error => Promise.reject(explain(error)))
    const seconds = (Date.now() - started) / 1000
    const layer = { stage: STAGE, parent: '', reads, seconds }
    return keepLayer(plan.cache, folder, layer, {
      since: Math.floor(started / 1000),
      rootfsEpoch: plan.rootfsEpoch,
      nonce: plan.fresh ? String(started) : '',
    })
  }
  const layer = reused ? found.layer : await made()
  touchLayer(plan.cache, layer.id)
  hands.event({
    type: 'stage_complete',
    name: STAGE,
    status: reused ? 'reused' : 'built',
    seconds: layer.seconds,
    reason: reused
      ? ''
      : plan.fresh
        ? '--fresh'
        : 'reason' in found
          ? found.reason
          : 'its layer in the cache is damaged',
    bytes: layer.bytes,
    layer: layer.id,
  })
  return layer.id
}

async function fill(
  plan: Plan,
  { arch }: Config,
  wanted: ReturnType<typeof wantedImages>,
  folder: string,
  { work, event, raw, built, auths }: Hands,
): Promise<void> {
  const say = (message: string, current?: number, total?: number): void =>
    event({
      type: 'general',
      message,
      ...(current === undefined ? {} : { current }),
      ...(total === undefined ? {} : { total }),
    })
  const scratch = join(work, 'preload')
  mkdirSync(scratch, { recursive: true })
  const archive = await built({ wanted, arch, say, log: raw }, scratch)
  say('get ready')
  const tree = await dockerTree(plan.cache, scratch, event, raw)
  await fillStore({
    ...{ tree, run: join(scratch, 'run'), auths: await auths(), log: raw },
    ...{ wanted, arch, built: archive, folder, say },
    warn: msg => event({ type: 'log', level: 'warn', msg }),
  })
  if (interrupted.aborted) throw new Interrupted()
  rmSync(scratch, { recursive: true, force: true })
}

/** @returns the root of a tree with docker.io. */
async function dockerTree(cache: string, work: string, event: Hands['event'], raw: Hands['raw']): Promise<string> {
  const sandbox = await enter([process.execPath, join(ROOT, 'scripts/preload/make-tree.ts'), cache, work])
  const release = onInterrupt(async () => {
    sandbox.kill()
    await sandbox.exited
  })
  let failure: StepFailure | undefined
  for await (const line of linesOf(sandbox.child)) {
    const said = parseEvent(line)
    if (said?.type === 'failed') failure = said
    else if (said) event(said)
    else raw(line)
  }
  const status = await sandbox.exited
  if (interrupted.aborted) throw new Interrupted()
  release()
  if (failure) throw new StepError(failure)
  if (status !== 0) throw new Error(`scripts/preload/make-tree.ts ended with status ${status}`)
  return readFileSync(join(work, 'docker-tree'), 'utf8')
}

function explain(error: unknown): unknown {
  if (interrupted.aborted) return new Interrupted()
  if (error instanceof StepError || !(error instanceof UserError)) return error
  const file =
    error instanceof ContainerError && error.kind === 'build failed'
      ? 'scripts/preload/build.ts'
      : 'scripts/preload/fill.ts'
  const { message, hint } = error
  return new StepError({ stage: STAGE, title: 'Put images into the rootfs', file, message, hint })
}
