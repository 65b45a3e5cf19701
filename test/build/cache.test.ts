/** The stage cache on whole builds: what is reused, what runs again, and whether it says why. */
import { afterAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Project, rootsmith, TEST_CACHE } from './driver.ts'

const project = new Project('cachetest')
afterAll(() => project.remove())

test('a build makes the rootfs and says so', async () => {
  // Fresh: on what an earlier run of these tests left, stages would be reused that are to be built below.
  const { code, all } = await project.build(['--fresh'])
  expect(all).toContain('cachetest.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(project.statuses()['20-kernel']).toBe('skipped')
})

test('with nothing changed every stage is reused, and the build says so', async () => {
  const { code, stdout } = await project.build()
  expect(code).toBe(0)
  expect(stdout).toContain('Every stage reused')
  expect(new Set(Object.values(project.statuses()))).toEqual(new Set(['reused', 'skipped']))
})

test('a missing or changed result is made again from the same layers', async () => {
  const file = join(project.out, 'cachetest.rootfs.tar.zst')
  const { size } = statSync(file)
  writeFileSync(file, 'not what was built')
  expect((await project.build()).code).toBe(0)
  expect(statSync(file).size).toBe(size)
  expect(project.statuses()['00-bootstrap']).toBe('reused')
})

test('after system.locale changed only the stages that read it and those above run, and the reason names both values', async () => {
  project.config('system: {ssh: false, locale: C}')
  expect((await project.build()).code).toBe(0)
  expect(project.statuses()).toMatchObject({ '00-bootstrap': 'reused', '10-system': 'built', '45-own': 'built' })
  expect(project.reason('10-system')).toBe('config.system.locale: C.UTF-8 → C')
})

test('a value that was there before finds its old layers', async () => {
  project.config()
  expect((await project.build()).code).toBe(0)
  expect(Object.values(project.statuses())).not.toContain('built')
})

test('a key that no stage reads changes nothing', async () => {
  project.config('image: {free: 100M}')
  expect((await project.build()).code).toBe(0)
  expect(Object.values(project.statuses())).not.toContain('built')
})

test('after a stage script was edited it runs from that stage on', async () => {
  project.step('await write("/etc/own", "two\\n")')
  expect((await project.build()).code).toBe(0)
  expect(project.statuses()).toMatchObject({ '10-system': 'reused', '45-own': 'built', '90-finish': 'built' })
  expect(project.reason('45-own')).toBe('./stages/45-own/10-do-something.ts changed')
})

test('a new file in a stage folder runs the stage again', async () => {
  writeFileSync(join(project.dir, 'stages/45-own/20-run-chroot.sh'), 'echo hello > /etc/plain\n')
  expect((await project.build()).code).toBe(0)
  expect(project.reason('45-own')).toBe('./stages/45-own/20-run-chroot.sh is new')
})

test('a plan says what would run and why, and writes nothing', async () => {
  project.step('await write("/etc/own", "three\\n")')
  const before = readdirSync(join(TEST_CACHE, 'layers')).sort()
  const { code, stdout } = await rootsmith('plan', ['x.yaml', '--json'], { cwd: project.dir })
  expect(code).toBe(0)
  const stages = JSON.parse(stdout).stages as { name: string; status: string; reason: string }[]
  expect(stages.find(({ name }) => name === '45-own')).toMatchObject({
    status: 'build',
    reason: './stages/45-own/10-do-something.ts changed',
  })
  expect(stages.find(({ name }) => name === '10-system')?.status).toBe('cached')
  expect(readdirSync(join(TEST_CACHE, 'layers')).sort()).toEqual(before)
  const nowhere = join(project.dir, 'no-cache')
  expect((await rootsmith('plan', ['x.yaml'], { cwd: project.dir, cache: nowhere })).code).toBe(0)
  expect(existsSync(nowhere)).toBe(false)
})

test('two builds of one config at once both finish: one waits for the other', async () => {
  const one = project.start()
  const two = project.start()
  const ended = await Promise.all([one.ended, two.ended])
  expect(ended.map(({ code }) => code)).toEqual([0, 0])
  expect(ended.filter(({ stdout }) => stdout.includes('is being built already'))).toHaveLength(1)
})

test('values from !ENV are in no file of the results or the cache, and a new value runs the stage again', async () => {
  project.step('await write("/etc/own", config.system.hostname ?? "")')
  project.config('system: {ssh: false, hostname: !ENV OWN_NAME}')
  expect((await project.build([], { env: { OWN_NAME: 'quitesecret1' } })).code).toBe(0)
  const { all } = await project.build(['--verbose'], { env: { OWN_NAME: 'quitesecret2' } })
  expect(project.reason('10-system')).toBe('config.system.hostname: the value from the environment changed')
  expect(all).not.toContain('quitesecret')
  expect(JSON.stringify(project.metadata())).not.toContain('quitesecret')
  const layers = readdirSync(join(TEST_CACHE, 'layers')).map(id => join(TEST_CACHE, 'layers', id, 'layer.json'))
  for (const file of layers.filter(existsSync)) expect(await Bun.file(file).text()).not.toContain('quitesecret')
})

test('the cache shows what each layer costs', async () => {
  const { code, stdout } = await rootsmith('cache', [])
  expect(code).toBe(0)
  expect(stdout).toMatch(/00-bootstrap +\d+\.\d MiB +took/)
  expect(stdout).toMatch(/apt's packages +\d/)
})
