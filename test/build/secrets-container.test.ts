// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a step's own template
/** The same in a container of a real engine: values from the environment reach it, and are on no disk and in no command line on the way. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { canariesFor, found, foundBelow, watchProcesses } from './canaries.ts'
import { type How, Project, seen, TEST_CACHE } from './driver.ts'
import { startEngine, stopEngine } from './engine.ts'

const VOLUME = 'rootsmith-secrets'
const cache = join(TEST_CACHE, 'test', `secrets-container-${process.pid}`)
const canaries = canariesFor('hash')
const config = 'system: {ssh: false, user: {name: pi, password_hash: !ENV HASH, sudo: none}}'
const project = new Project('boxsecrets', config)
let env: Record<string, string> = {}

beforeAll(async () => {
  const engine = await startEngine()
  env = { ...engine, CONTAINER_ENGINE: 'docker', ROOTSMITH_CACHE_VOLUME: VOLUME, HASH: `$6$salt$${canaries.hash}` }
})
afterAll(async () => {
  Bun.spawnSync(['docker', 'volume', 'rm', '--force', VOLUME], { env: { ...process.env, ...env } })
  await stopEngine()
  project.remove()
  rmSync(cache, { recursive: true, force: true })
})
const ARGS = ['--strategy', 'debian', '--verbose']
const how = (): How => ({ cache, env })

test('a build in a container has the values, and neither shows nor keeps them here', async () => {
  project.step(
    'await $`echo ${config.system.user.password_hash}; printf %s ${config.system.user.password_hash} | wc -c`',
  )
  const watch = await watchProcesses(canaries)
  const { code, all } = await project.build(ARGS, how())
  const { lines } = await watch.end()
  expect(all).toContain('boxsecrets.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(found(canaries, all)).toEqual([])
  const log = readFileSync(join(project.out, 'build.log'), 'utf8')
  // It was there, all of it.
  expect(log).toMatch(/^‹HASH›$/m)
  expect(log).toContain(`\n${`$6$salt$${canaries.hash}`.length}\n`)
  // The step itself put it in one; the driver, the engine and its client did not.
  expect(lines.filter(line => !/wc -c|echo/.test(line))).toEqual([])
  expect(foundBelow(canaries, project.out).filter(line => !line.endsWith('.zst'))).toEqual([])
  expect(foundBelow(canaries, cache)).toEqual([])
}, 580_000)

test('after kill -9 there is none on the disk', async () => {
  project.step('await chroot`sleep 100`')
  const building = project.start(ARGS, how())
  await seen(building, '+ sleep 100')
  building.child.kill('SIGKILL')
  await building.ended
  expect(foundBelow(canaries, cache)).toEqual([])
}, 120_000)
