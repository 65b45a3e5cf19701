/** `just shell`: a shell in the rootfs as a stage left it. What is changed there is thrown away. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OPTIONS, parse } from './lib/args.ts'
import { UsageError, UserError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { nearest } from './lib/nearest.ts'
import { loadPlan } from './plan/load.ts'
import { ROOT } from './plan/world.ts'
import { enter } from './sandbox/enter.ts'
import { pickStrategy } from './strategy/pick.ts'
import { wipe } from './strategy/wipe.ts'

await main(async () => {
  const args = parse({
    name: 'shell',
    about: 'Open a shell in the rootfs as STAGE left it (default: the last one built). What you change there is thrown away.',
    words: ['config', 'stage'],
    options: { set: OPTIONS.set, emulate: OPTIONS.emulate, 'allow-outside': OPTIONS['allow-outside'] },
    example: 'just shell config/rpi.yaml 20-kernel',
  })
  const plan = await loadPlan(args, async need => (await pickStrategy('native', need)).name)
  const names = plan.stages.map(({ name }) => name)
  if (args.stage && !names.includes(args.stage)) {
    const meant = nearest(args.stage, names)
    throw new UsageError(`there is no stage ${args.stage}`, `${meant ? `did you mean ${meant}? ` : ''}stages: ${names.join(', ')}`)
  }
  const upTo = args.stage ? plan.stages.slice(0, names.indexOf(args.stage) + 1) : plan.stages
  const layers = upTo.flatMap(({ status, layer }) => (status === 'cached' && layer ? [layer] : []))
  const wanted = args.stage && upTo.at(-1)
  // After a failure the stages below the failed one are what there is to look at.
  const note = wanted && wanted.status === 'build' ? `${wanted.name} is not built (${wanted.reason}); this is the rootfs below it` : ''
  if (layers.length === 0) throw new UserError(`nothing is built yet for ${plan.name}`, { hint: 'run `just build` first' })

  const work = join(plan.cache, 'work', `shell-${process.pid}`)
  mkdirSync(work, { recursive: true })
  const planFile = join(work, 'plan.json')
  writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 })
  if (note) process.stderr.write(`${note}\n`)
  const sandbox = await enter([process.execPath, join(ROOT, 'scripts/stage/shell.ts'), planFile, work, ...layers.reverse()], { terminal: true })
  // Ctrl-C is for the shell inside.
  process.removeAllListeners('SIGINT')
  process.on('SIGINT', () => {})
  const status = await sandbox.exited
  await wipe(work)
  process.exitCode = status
})
