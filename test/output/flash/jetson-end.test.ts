/** How flashing a Jetson ends when something goes wrong. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandsWith } from '../../processes.ts'
import { type How, JetsonBench } from './jetson-bench.ts'

let b: JetsonBench
beforeAll(async () => {
  b = await JetsonBench.make()
})
afterEach(() => b.clean())
afterAll(() => b.close())

test('a tool that fails ends it with what it said, and a hint where its words are known', () => {
  const env = { FAKE_BSP_STATUS: '3', FAKE_BSP_SAYS: 'ERROR: might be timeout in USB write.' }
  const { status, text } = b.flash({ env })
  expect(text).toContain('flashing failed (status 3); use another USB port')
  expect(status).toBe(1)
  expect(b.left()).toEqual([])
  expect(readFileSync(join(b.work, 'sample-1.2.0-logs/flash.log'), 'utf8')).toContain('might be timeout')
  expect(readFileSync(join(b.work, 'sample-1.2.0-logs/flash_1-3.log'), 'utf8')).toContain('written to')
})

const busy = async (how: How = {}): Promise<Bun.Subprocess<'ignore', 'pipe', 'pipe'>> => {
  const { argv, env } = b.command({ ...how, env: { FAKE_BSP_SLEEP: '60' } })
  const child = Bun.spawn(argv, { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const log = join(b.work, 'sample-1.2.0-logs/flash.log')
  for (let tries = 0; tries < 500 && !(existsSync(log) && readFileSync(log, 'utf8').includes('begun')); tries++)
    await Bun.sleep(20)
  return child
}
const mounts = (): string => readFileSync('/proc/mounts', 'utf8')
const running = (): string[] => commandsWith(`${b.work}/sample`)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the tool with all it started, and says in what state the device is',
  async signal => {
    const child = await busy()
    child.kill(signal)
    expect(await child.exited).toBe(130)
    expect(await new Response(child.stderr).text()).toContain('interrupted: the device may be half written')
    expect(b.left()).toEqual([])
    expect(running()).toEqual([])
  },
)

test('a killed run leaves no mount and no process, and the next one works', async () => {
  const child = await busy()
  child.kill('SIGKILL')
  await child.exited
  for (let tries = 0; tries < 100 && running().length > 0; tries++) await Bun.sleep(20)
  expect(running()).toEqual([])
  expect(mounts()).not.toContain(b.work)
  expect(b.left()).toEqual(['sample-1.2.0'])
  const { status, text } = b.flash()
  expect(text).toContain('Done')
  expect(status).toBe(0)
  expect(b.left()).toEqual([])
})

test('two runs do not work in one folder', async () => {
  const child = await busy()
  const second = b.flash()
  expect(second.text).toContain('another run works in')
  expect(second.status).toBe(3)
  child.kill('SIGTERM')
  expect(await child.exited).toBe(130)
})

test('a damaged .run is found before anything is unpacked', async () => {
  const whole = readFileSync(b.run)
  const broken = Buffer.from(whole)
  broken.writeUInt8(broken.readUInt8(2000) ^ 1, 2000)
  writeFileSync(b.run, broken)
  const { status, text, calls } = b.flash()
  writeFileSync(b.run, whole)
  expect(text).toContain('is damaged')
  expect(status).toBe(1)
  expect(calls).toEqual([])
  expect(b.left()).toEqual([])
})

test('a folder of somebody else is not touched', () => {
  mkdirSync(join(b.work, 'sample-1.2.0'), { recursive: true })
  writeFileSync(join(b.work, 'sample-1.2.0/precious'), 'mine')
  const { status, text } = b.flash()
  expect(text).toContain('exists, and is not of this bundle')
  expect(status).toBe(3)
  expect(readFileSync(join(b.work, 'sample-1.2.0/precious'), 'utf8')).toBe('mine')
})
