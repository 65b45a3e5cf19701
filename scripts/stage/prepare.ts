/** What must be there before the first stage: the tools tree, and a way to run programs of the config's architecture. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveEnv } from '../config/redact.ts'
import { $ } from '../lib/bash.ts'
import { StepError, UserError } from '../lib/errors.ts'
import type { Plan } from '../plan/types.ts'
import { FOREIGN, hostArch } from '../sandbox/arch.ts'
import { fallbackFor } from '../sandbox/fallback.ts'
import { enableForeign, type Foreign } from '../sandbox/foreign.ts'
import { ensureHandler } from '../sandbox/handler.ts'
import { profileLines, readProfile } from '../sandbox/profile.ts'
import { type Archive, ensureTree, TOOLS_SUITE, type Tree } from '../sandbox/trees.ts'
import { emit } from './make-context.ts'

/** The plan, with values from the environment where the driver wrote their names. It is not to be written again. */
export function readPlan(file: string): Plan {
  const plan = JSON.parse(readFileSync(file, 'utf8')) as Plan
  return { ...plan, config: resolveEnv(plan.config, plan.env, process.env) }
}

/** Passwords of mirrors (lib/mirrors.ts) are on no disk: when we are killed, nobody is there to remove them. */
export async function keepInMemory(work: string): Promise<void> {
  for (const name of ['mirrors', 'tree-mirrors']) {
    const folder = join(work, name)
    mkdirSync(folder, { recursive: true })
    await $({ quiet: true })`mount -t tmpfs -o mode=0755 none ${folder}`
  }
}

/** Says that a tree is made only when it is: with one in the cache there is nothing to see. */
export async function tree(plan: Plan, work: string, from: Archive): Promise<Tree> {
  const begun = Date.now()
  const name = `tools ${from.suite}`
  let said = false
  const say = setTimeout(() => {
    said = true
    emit({ type: 'stage_start', name, steps: 1 })
  }, 300)
  const warn = (msg: string): void => emit({ type: 'log', level: 'warn', msg })
  const made = await ensureTree(plan.cache, join(work, 'tree'), hostArch(), from, newerThan(plan), warn).catch(
    error => {
      if (!(error instanceof UserError)) throw error
      const { message, hint } = error
      throw new StepError({ stage: name, title: 'Make the tools', file: 'scripts/sandbox/trees.ts', message, hint })
    },
  )
  clearTimeout(say)
  if (said)
    emit({
      type: 'stage_complete',
      name,
      status: made.reason ? 'built' : 'reused',
      seconds: (Date.now() - begun) / 1000,
      reason: made.reason,
      bytes: made.layer.bytes,
      layer: made.layer.id,
    })
  return made
}

const foreignFolder = (work: string): string => join(work, 'foreign')

/** Says what emulated programs cost in the stages that ran. */
export function sayProfile(work: string): void {
  for (const msg of profileLines(readProfile(join(foreignFolder(work), 'profile'))))
    emit({ type: 'log', level: 'info', msg })
}

/** How programs of the config's architecture run; undefined where the machine runs them without us. */
export async function foreignOf(plan: Plan, work: string): Promise<Foreign | undefined> {
  const { arch, from } = plan.config
  const fallback = fallbackFor(arch)
  if (fallback) emit({ type: 'log', level: 'warn', msg: fallback })
  if (arch === hostArch() || fallback) return undefined
  const tools = await tree(plan, work, { suite: TOOLS_SUITE })
  // A rootfs that is brought along may be of any suite, so nothing is known to fit it.
  const native = plan.emulate || !from.debian ? undefined : await tree(plan, work, from.debian)
  const handler = native || plan.profile ? await ensureHandler(plan.cache) : undefined
  if (native && !handler)
    emit({
      type: 'log',
      level: 'warn',
      msg: 'no musl-gcc: all foreign programs are emulated, which takes several times as long (`just setup` installs it)',
    })
  const folder = foreignFolder(work)
  mkdirSync(folder, { recursive: true })
  const qemu = join(tools.root, 'usr/bin', FOREIGN[arch].qemu)
  return enableForeign({ arch, folder, qemu, native: native?.root, handler, profile: plan.profile })
}

/** Who bootstraps now gets today's packages: their native twins should be of today, too. Later stages compare versions. */
function newerThan(plan: Plan): string {
  const bootstraps = plan.stages.some(({ name, status }) => name.startsWith('00-') && status === 'build')
  return bootstraps ? new Date(Date.now() - 86_400_000).toISOString() : ''
}
