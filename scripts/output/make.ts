/** Makes the outputs of a finished rootfs, in the table's order. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OutputName } from '../config/schema.ts'
import { StepError, UserError } from '../lib/errors.ts'
import { neededOutputs } from '../plan/make.ts'
import type { Plan } from '../plan/types.ts'
import { requireReader } from '../preload/check.ts'
import { STORE, TRUSTED } from '../preload/trusted.ts'
import { lastCommand } from '../sandbox/command.ts'
import { bind, mountOverlay, unmountTree } from '../sandbox/mounts.ts'
import { emit } from '../stage/make-context.ts'
import type { Workshop } from '../stage/perform.ts'
import { sha256File } from './digest.ts'
import { outputs } from './index.ts'

/** @param layers folders, the topmost first. @param images the layer of images, if there is one. Files are left in `shop.work`/out. */
export async function makeOutputs(plan: Plan, shop: Workshop, layers: string[], images?: string): Promise<void> {
  const rootfs = join(shop.work, 'root')
  const out = join(shop.work, 'out')
  const scratch = join(shop.work, 'scratch')
  await (images ? mountWithImages(shop, layers, images, rootfs) : mountOverlay({ lowers: layers, target: rootfs }))
  const takeBack = await shop.tools.lend(rootfs)
  // Emptied, not removed: it is mounted at /work for the tools. One output may leave facts there for the next.
  for (const left of readdirSync(scratch)) rmSync(join(scratch, left), { recursive: true, force: true })
  if (images) for (const name of Object.values(TRUSTED)) copyFileSync(join(images, name), join(scratch, name))
  const names = { version: plan.packageVersion, label: plan.label }
  for (const name of neededOutputs(shop.config)) {
    const output = outputs.find(entry => entry.name === name)
    if (!output) throw new Error(`no output is called ${name}`)
    emit({ type: 'output_start', name })
    const begun = Date.now()
    const before = new Set(readdirSync(out))
    await output
      .make({
        config: shop.config,
        rootfs,
        work: scratch,
        out,
        cache: shop.cache,
        configDir: dirname(plan.configFile),
        ...names,
        sourceDateEpoch: plan.sourceDateEpoch,
        tools: shop.tools.command(plan.sourceDateEpoch),
        log: {
          info: msg => emit({ type: 'log', level: 'info', msg }),
          warn: msg => emit({ type: 'log', level: 'warn', msg }),
        },
        progress: (message, bytes) =>
          emit({ type: 'general', message, ...(bytes === undefined ? {} : { current: bytes, unit: 'bytes' }) }),
      })
      .catch(error => Promise.reject(explain(error, name)))
    const seconds = (Date.now() - begun) / 1000
    for (const file of readdirSync(out)
      .filter(entry => !before.has(entry))
      .sort()) {
      emit({
        type: 'output_complete',
        name,
        file,
        bytes: statSync(join(out, file)).size,
        sha256: await sha256File(join(out, file)),
        seconds,
      })
    }
  }
  await takeBack()
  await unmountTree(rootfs)
}

/**
 * The images lie in the rootfs like a mount, not like a layer: what marks a deleted file in them would delete the file from our
 * own view of them.
 */
async function mountWithImages(shop: Workshop, layers: string[], images: string, rootfs: string): Promise<void> {
  const below = join(shop.work, 'mount-point', 'fs')
  mkdirSync(join(below, STORE), { recursive: true })
  await mountOverlay({ lowers: [...layers, below], target: rootfs })
  try {
    requireReader(rootfs)
  } catch (error) {
    throw explain(error, 'rootfs')
  }
  await bind(join(images, 'docker'), join(rootfs, STORE), { readOnly: true })
}

function explain(error: unknown, name: OutputName): StepError {
  const status = error instanceof UserError ? undefined : (error as { exitCode?: number | null })?.exitCode
  const bug = error instanceof UserError || typeof status === 'number' ? '' : `\n${(error as Error)?.stack ?? ''}`
  return new StepError({
    stage: 'output',
    title: name,
    file: `scripts/output/${name}.ts`,
    message:
      typeof status === 'number'
        ? `making the ${name}: a command failed`
        : `making the ${name}: ${(error as Error).message}${bug}`,
    ...(typeof status === 'number' ? { command: lastCommand(), status: `exit status ${status}` } : {}),
    hint: error instanceof UserError ? error.hint : undefined,
  })
}
