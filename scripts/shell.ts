/** `just shell`: a shell in the rootfs as a stage left it. What is changed there is thrown away. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OPTIONS, parse } from './lib/args.ts'
import { UsageError, UserError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { nearest } from './lib/nearest.ts'
import { layerFiles } from './plan/cache.ts'
import { loadRequest } from './plan/load.ts'
import type { Plan } from './plan/types.ts'
import { ROOT } from './plan/world.ts'
import { STAGE } from './preload/wanted.ts'
import { enter } from './sandbox/enter.ts'
import { failedDir, readFailed } from './stage/failed.ts'
import { pickStrategy } from './strategy/pick.ts'
import { wipe } from './strategy/wipe.ts'

await main(async () => {
  const args = parse({
    name: 'shell',
    about:
      'Open a shell in the rootfs as STAGE left it (default: the last one built). What you change there is thrown away.',
    words: ['config', 'stage'],
    options: { set: OPTIONS.set, emulate: OPTIONS.emulate, 'allow-outside': OPTIONS['allow-outside'] },
    example: 'just shell config/rpi.yaml 20-kernel',
  })
  const request = await loadRequest(args)
  const whole = await (await pickStrategy('native', request.loaded.config)).plan(request)
  // Images lie beside the rootfs until outputs are made.
  const plan = { ...whole, stages: whole.stages.filter(({ name }) => name !== STAGE) }
  const names = plan.stages.map(({ name }) => name)
  if (args.stage && !names.includes(args.stage)) {
    const meant = nearest(args.stage, names)
    throw new UsageError(
      `there is no stage ${args.stage}`,
      `${meant ? `did you mean ${meant}? ` : ''}stages: ${names.join(', ')}`,
    )
  }
  const { folders, note } = foldersOf(plan, args.stage)
  if (folders.length === 0) {
    const first = plan.stages.find(({ status }) => status === 'build')
    throw new UserError(`nothing in the cache fits ${plan.name}: ${first?.name} would be built (${first?.reason})`, {
      hint: 'run `just build` first',
    })
  }
  const work = join(plan.cache, 'work', `shell-${process.pid}`)
  mkdirSync(work, { recursive: true })
  const planFile = join(work, 'plan.json')
  writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 })
  if (note) process.stderr.write(`${note}\n`)
  const sandbox = await enter([process.execPath, join(ROOT, 'scripts/stage/shell.ts'), planFile, work, ...folders], {
    terminal: true,
  })
  // Ctrl-C is for the shell inside.
  process.removeAllListeners('SIGINT')
  process.on('SIGINT', () => {})
  const status = await sandbox.exited
  await wipe(work)
  process.exit(status)
})

/** The layers to show, the topmost first, and what to say of them. After a failure there is what the stage had written. */
function foldersOf(plan: Plan, stage: string | undefined): { folders: string[]; note: string } {
  const failed = readFailed(plan.cache, plan.name)
  if (failed && (!stage || stage === failed.stage)) {
    const below = failed.below.map(id => layerFiles(plan.cache, id))
    return {
      folders: [join(failedDir(plan.cache, plan.name), 'fs'), ...below],
      note: `${failed.stage} failed; this is what it had written`,
    }
  }
  const upTo = stage ? plan.stages.slice(0, plan.stages.findIndex(({ name }) => name === stage) + 1) : plan.stages
  const folders = upTo.flatMap(({ layer }) => (layer ? [layerFiles(plan.cache, layer)] : [])).reverse()
  const last = upTo.at(-1)
  const note = last?.status === 'build' ? `${last.name} is not built (${last.reason}); this is the rootfs below it` : ''
  return { folders, note }
}
