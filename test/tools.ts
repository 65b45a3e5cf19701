/** The tools tree of a real build, for tests that need its programs without a build around them. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { layerFiles } from '../scripts/plan/cache.ts'
import { hostArch } from '../scripts/sandbox/arch.ts'
import { enter } from '../scripts/sandbox/enter.ts'
import { ensureTree, TOOLS_SUITE } from '../scripts/sandbox/trees.ts'
import { TEST_CACHE } from './build/driver.ts'

/** @returns the root of a tree in which a test may make mount points: hard links to the cached one, which stays as it is. */
export async function testTools(): Promise<string> {
  const sandbox = await enter([process.execPath, import.meta.path])
  let said = ''
  for (const stream of [sandbox.child.stdout, sandbox.child.stderr]) {
    stream?.on('data', data => {
      said += data
    })
  }
  if ((await sandbox.exited) !== 0) throw new Error(`the tools tree could not be made:\n${said}`)
  const id = /^tree (\w+)$/m.exec(said)?.[1]
  if (!id) throw new Error(`no tree in: ${said}`)
  const copy = join(TEST_CACHE, 'test', `tools-${id}`)
  if (existsSync(copy)) return copy
  mkdirSync(join(TEST_CACHE, 'test'), { recursive: true })
  const beside = `${copy}.${process.pid}`
  await $({ quiet: true })`cp -al ${layerFiles(TEST_CACHE, id)} ${beside}`
  renameSync(beside, copy)
  return copy
}

if (import.meta.main) {
  await $({ quiet: true })`mount -t proc proc /proc`
  const work = join(TEST_CACHE, 'work', `tools-${Date.now()}`)
  const { layer } = await ensureTree(TEST_CACHE, work, hostArch(), { suite: TOOLS_SUITE })
  rmSync(work, { recursive: true, force: true })
  process.stdout.write(`\ntree ${layer.id}\n`)
  process.exit(0)
}
