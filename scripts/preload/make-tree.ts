/**
 * In a sandbox of its own: makes sure that there is a tree with Docker's daemon. Usage: make-tree.ts CACHE WORK
 * Leaves its path in WORK/docker-tree.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { EXIT, UserError } from '../lib/errors.ts'
import { hostArch } from '../sandbox/arch.ts'
import { ensureTree, TOOLS_SUITE } from '../sandbox/trees.ts'
import { emit } from '../stage/make-context.ts'

const [cache, work] = process.argv.slice(2)
if (!cache || !work) throw new Error('usage: make-tree.ts CACHE WORK')
await $({ quiet: true })`mount -t proc proc /proc`
const warn = (msg: string): void => emit({ type: 'log', level: 'warn', msg })
try {
  const archive = { suite: TOOLS_SUITE, purpose: 'docker' } as const
  const { root } = await ensureTree(cache, join(work, 'tree'), hostArch(), archive, '', warn)
  writeFileSync(join(work, 'docker-tree'), root)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  const { message, hint } = error
  emit({
    type: 'failed',
    stage: 'images',
    title: 'Make a tree with Docker',
    file: 'scripts/sandbox/trees.ts',
    message,
    hint,
  })
  process.exit(EXIT.failed)
}
