/** Builds one stage: its steps run on the layers below, and what they wrote becomes a layer. */
import { readdirSync, rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { Config } from '../config/schema.ts'
import { StepError, UserError } from '../lib/errors.ts'
import type { Mirrors } from '../lib/mirrors.ts'
import { patiently } from '../lib/patience.ts'
import { type Layer, layerFiles } from '../plan/cache.ts'
import { importsOf, listing, ROOT, type Settings } from '../plan/world.ts'
import { lastCommand } from '../sandbox/command.ts'
import type { Foreign } from '../sandbox/foreign.ts'
import type { Tools } from '../sandbox/tools.ts'
import { keepFailed } from './failed.ts'
import type { StageFolder, StepFile } from './folder.ts'
import { keepLayer } from './layers.ts'
import { emit, makeContext } from './make-context.ts'
import { type Recorder, recorder } from './record.ts'
import { openRoot } from './root.ts'

export type Workshop = {
  cache: string
  /** A folder of this run, on the cache's file system. */
  work: string
  config: Config
  configDir: string
  /** Dotted keys of values from the environment. */
  secrets: ReadonlySet<string>
  settings: Settings
  nonce: string
  tools: Tools
  mirrors: Mirrors | undefined
  foreign: Foreign | undefined
}

/** @param below ids of the layers below, the topmost first. @returns the new layer. */
export async function performStage(stage: StageFolder, below: string[], shop: Workshop): Promise<Layer> {
  const { debian } = shop.config.from
  const warn = (msg: string): void => emit({ type: 'log', level: 'warn', msg })
  if (debian && (below.length === 0 || shop.mirrors?.rotates))
    await shop.mirrors
      ?.probe(debian.suite, shop.tools.command(0), warn)
      .catch(error => Promise.reject(stage.steps[0] ? explain(error, stage, stage.steps[0]) : error))
  if (below.length > 0) return await performOnce(stage, below, shop)
  // What mmdebstrap left when downloads failed can't be gone on with: the rootfs is begun anew, the packages are kept.
  return await patiently(() => performOnce(stage, below, shop), warn)
}

async function performOnce(stage: StageFolder, below: string[], shop: Workshop): Promise<Layer> {
  const started = Date.now()
  const folder = join(shop.work, 'layer')
  const upper = join(folder, 'fs')
  rmSync(folder, { recursive: true, force: true })

  const record = recorder(shop.config, shop.configDir, shop.secrets)
  noteStage(record, stage, shop)
  const root = await openRoot({
    work: shop.work,
    layers: below.map(id => layerFiles(shop.cache, id)),
    upper,
    foreign: shop.foreign,
    archives: join(shop.cache, 'apt'),
    arch: shop.config.arch,
    mirrors: shop.mirrors,
    onStaleTwins: names =>
      emit({ type: 'log', level: 'info', msg: `emulated, since the rootfs has another version: ${names.join(', ')}` }),
  })
  const takeBack = await shop.tools.lend(root.path)
  let done = false
  try {
    const context = makeContext({
      root: root.path,
      work: join(shop.work, 'scratch'),
      cache: shop.cache,
      recorder: record,
      tools: shop.tools,
      configDir: shop.configDir,
      settings: shop.settings,
      mirrors: shop.mirrors,
    })
    for (const file of stage.steps) {
      const name = basename(file.file)
      const reason = file.step.skip?.({ config: record.config })
      if (reason) {
        emit({ type: 'step_skip', stage: stage.name, step: name, title: file.step.title, reason })
        continue
      }
      emit({ type: 'step_start', stage: stage.name, step: name, title: file.step.title })
      const begun = Date.now()
      await file.step.run(context).catch(error => Promise.reject(explain(error, stage, file)))
      emit({ type: 'step_complete', stage: stage.name, step: name, seconds: (Date.now() - begun) / 1000 })
    }
    done = true
  } finally {
    await takeBack()
    await root.close()
    if (!done) keepFailed(shop.cache, shop.config.name, folder, { stage: stage.name, below })
  }
  const seconds = (Date.now() - started) / 1000
  return await keepLayer(
    shop.cache,
    folder,
    { stage: stage.name, parent: below[0] ?? '', reads: record.reads(), seconds },
    { nonce: shop.nonce, since: Math.floor(started / 1000), rootfsEpoch: shop.settings.rootfsEpoch },
  )
}

/** What every stage reads before its first step: its own files, what they import, what runs them, and how. */
function noteStage(record: Recorder, stage: StageFolder, shop: Workshop): void {
  record.add('setting', 'rootfsEpoch', String(shop.settings.rootfsEpoch))
  // Only the first layer differs by it; all above have another parent then.
  if (stage.name.startsWith('00-')) record.add('setting', 'emulate', String(shop.settings.emulate))
  for (const dir of stage.dirs) {
    record.add('script', `${record.name(dir)}/*`, listing(dir))
    // All of it: a run.sh may use what lies beside it.
    for (const name of readdirSync(dir)) record.file('script', join(dir, name))
  }
  for (const { file } of stage.steps)
    if (file.endsWith('.ts')) for (const path of importsOf(file)) record.file('script', path)
  for (const engine of ENGINE) for (const path of importsOf(join(ROOT, engine))) record.file('script', path)
  record.file('script', join(ROOT, 'scripts/sandbox/handler.c'))
}

/** What runs stages, and what decides which programs run natively in them. */
const ENGINE = ['scripts/stage/perform.ts', 'scripts/sandbox/foreign.ts']

/** Turns whatever a step threw into an error that says where and what. */
function explain(error: unknown, stage: StageFolder, { file, step }: StepFile): StepError {
  if (error instanceof StepError) return error
  const shown = relative(ROOT, file).startsWith('..') ? file : relative(ROOT, file)
  const output = error as { exitCode?: number | null; signal?: string | null }
  if (!(error instanceof UserError) && (typeof output?.exitCode === 'number' || typeof output?.signal === 'string')) {
    return new StepError({
      stage: stage.name,
      title: step.title,
      file: shown,
      message: `${step.title}: a command failed`,
      command: lastCommand(),
      status: output.signal ? `signal ${output.signal}` : `exit status ${output.exitCode}`,
    })
  }
  const bug = error instanceof UserError ? '' : `\n${(error as Error)?.stack ?? ''}`
  const explained = new StepError({
    stage: stage.name,
    title: step.title,
    file: shown,
    message: `${step.title}: ${error instanceof Error ? error.message : String(error)}${bug}`,
    hint: error instanceof UserError ? error.hint : undefined,
  })
  explained.cause = error
  return explained
}
