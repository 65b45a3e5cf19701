/** Process 1 of `just shell`'s sandbox. Usage: shell.ts PLAN WORK FOLDER…: layers, the topmost first. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { mirrorsOf } from '../lib/mirrors.ts'
import { cleanEnv } from '../sandbox/command.ts'
import { foreignOf, keepInMemory, readPlan } from './prepare.ts'
import { openRoot } from './root.ts'

const [planFile, work, ...folders] = process.argv.slice(2)
if (!planFile || !work) throw new Error('usage: shell.ts PLAN WORK FOLDER…')
await $({ quiet: true })`mount -t proc proc /proc`
await keepInMemory(work)
const plan = readPlan(planFile)
const root = await openRoot({
  work,
  layers: folders,
  upper: join(work, 'upper'),
  foreign: await foreignOf(plan, work),
  archives: join(plan.cache, 'apt'),
  arch: plan.config.arch,
  mirrors: mirrorsOf(plan.config.from.debian, join(work, 'mirrors')),
})
const env = cleanEnv({
  SOURCE_DATE_EPOCH: String(plan.rootfsEpoch),
  TERM: process.env.TERM ?? 'dumb',
  PS1: `${plan.name}:\\w# `,
})
const { status } = spawnSync('chroot', [root.path, '/bin/bash', '--norc', '-i'], { stdio: 'inherit', env })
process.exit(status ?? 1)
