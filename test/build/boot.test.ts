/** Images that are built and booted for real: on a Pi's and on a virtio machine, and one that cannot start. */
import { afterAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseReport } from '../../scripts/boot/report.ts'
import { Project, rootsmith, seen, start, TEST_CACHE } from './driver.ts'

/** A Pi as small as it gets, and quick to pack and unpack. */
const PI = `
target: rpi
arch: arm64
from: {debian: {suite: trixie, components: [main, non-free-firmware]}}
image: {compression: {format: zstd, level: 1}}
outputs: [image]
system: {hostname: boottest}`

const project = new Project('boottest', PI)
afterAll(() => project.remove())

const boot = (...args: string[]) => rootsmith('boot', ['x.yaml', ...args], { cwd: project.dir })
const image = (): string => join(project.out, 'boottest.img.zst')
const digest = (file: string): string => new Bun.CryptoHasher('sha256').update(readFileSync(file)).digest('hex')

test('a Pi image is built', async () => {
  const { code, all } = await project.build()
  expect(all).toContain('boottest.img.zst')
  expect(code).toBe(0)
})

for (const machine of ['raspi3b', 'virt'] as const) {
  test(`it boots on ${machine} to its marker, grown and with keys of its own, and leaves its report`, async () => {
    const before = digest(image())
    const { code, all } = await boot('--machine', machine)
    expect(all).toContain('[first-boot] done')
    expect(code).toBe(0)

    const report = parseReport(readFileSync(join(project.out, `first-boot-${machine}.json`), 'utf8'))
    expect(report).toMatchObject({ result: 'done', state: 'running', failed_units: [], machine_id: true })
    expect(report.steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'machine-id: ok',
      'grow-root: ok',
      'ssh-host-keys: ok',
    ])
    expect(report.disk_bytes).toBe(2 ** 31)
    expect(report.root_bytes).toBeGreaterThan(2 ** 30)
    expect(readFileSync(join(project.out, `boot-${machine}.log`), 'utf8')).toContain('[first-boot] done')
    expect(digest(image())).toBe(before)
    expect(readdirSync(join(TEST_CACHE, 'boot'))).toEqual([])
  })
}

test('a time limit that is too short ends with 1, and says how to give it longer', async () => {
  const { code, all } = await boot('--machine', 'virt', '--timeout', '3')
  expect(code).toBe(1)
  expect(all).toContain('within 3 s')
  expect(all).toContain('--timeout')
})

test('an image that was changed after the build is not booted', async () => {
  const bytes = readFileSync(image())
  writeFileSync(image(), Buffer.concat([bytes, Buffer.from('x')]))
  const { code, all } = await boot()
  writeFileSync(image(), bytes)
  expect(code).toBe(1)
  expect(all).toContain('is not the image that was built')
})

test('an image whose init fails ends with 1, the console’s last lines and no report', async () => {
  project.step(
    "await chroot`rm /usr/sbin/init`; await write('/usr/sbin/init', '#!/bin/sh\\necho broken by a test; exit 1\\n', { mode: 0o755 })",
  )
  expect((await project.build()).code).toBe(0)
  const { code, all } = await boot('--machine', 'virt')
  expect(code).toBe(1)
  expect(all).toContain('the kernel panicked')
  expect(all).toContain('broken by a test')
  expect(all).toContain('boot-virt.log')
  expect(existsSync(join(project.out, 'first-boot-virt.json'))).toBe(false)
})

test('a boot that is interrupted leaves neither QEMU nor its copy of the image', async () => {
  const running = start('boot', ['x.yaml'], { cwd: project.dir })
  await seen(running, 'booting on raspi3b')
  await Bun.sleep(2000)
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  expect(readdirSync(join(TEST_CACHE, 'boot'))).toEqual([])
  expect(machines()).toEqual([])
})

test('a boot that is killed takes QEMU with it, and the next one its copy of the image', async () => {
  const running = start('boot', ['x.yaml'], { cwd: project.dir })
  await seen(running, 'booting on raspi3b')
  await Bun.sleep(2000)
  expect(machines()).toHaveLength(1)
  running.child.kill('SIGKILL')
  await running.ended
  await Bun.sleep(500)
  expect(machines()).toEqual([])
  expect((await boot('--machine', 'virt', '--timeout', '1')).code).toBe(1)
  expect(readdirSync(join(TEST_CACHE, 'boot'))).toEqual([])
})

/** Process ids of machines that run off a card of these tests. */
function machines(): string[] {
  return readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(TEST_CACHE, 'boot'))
    } catch {
      return false
    }
  })
}
