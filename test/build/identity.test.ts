/** A tree built with native twins equals the emulated one, byte for byte; and nothing of the build machine is in it. */
import { afterAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { Project, TEST_CACHE } from './driver.ts'

/** perl and python byte code, a capability (ping), a locale, units and triggers: what the twins touch, in little. */
const MORE = `arch: arm64
packages: [iputils-ping, python3-minimal, locales]
system: {ssh: false, locale: de_DE.UTF-8}`

const project = new Project('identity', MORE)
afterAll(() => project.remove())
const archive = (): string => join(project.out, 'identity.rootfs.tar.zst')
const digests: Record<string, string | undefined> = {}
const digest = (): string | undefined =>
  project.metadata().artifacts.find(({ name }) => name === 'identity.rootfs.tar.zst')?.sha256

test('a foreign rootfs is built with native programs', async () => {
  project.step(
    "await chroot`uname -m > /arch; dpkg --print-architecture >> /arch; perl -MConfig -e 'print 1' > /dev/null; ls /usr/lib/*/lib*.so* > /libraries`",
  )
  const { code, all } = await project.build()
  expect(all).toContain('identity.rootfs.tar.zst')
  expect(code).toBe(0)
  digests.native = digest()
})

test('programs in it say that they run on the target', async () => {
  const said = await $({ quiet: true })`tar -xOf ${archive()} ./arch`
  expect(said.stdout).toBe('aarch64\narm64\n')
})

test('scripts that look for libraries find those of the target only, as mkinitramfs does', async () => {
  const said = await $({ quiet: true })`tar -xOf ${archive()} ./libraries`
  expect(said.stdout).toContain('/usr/lib/aarch64-linux-gnu/libc.so.6\n')
  expect(said.stdout).not.toContain('x86_64')
})

test('no program, library or mount point of the build machine is in it', async () => {
  const dir = join(project.dir, 'tree')
  await $({ quiet: true })`mkdir ${dir} && tar -xf ${archive()} -C ${dir}`
  const names = await $({ quiet: true })`find ${dir} -name '*x86_64*' -o -name '*x86-64*' -o -name '*rootsmith*'`
  expect(names.stdout).toBe('')
  const files = (await $({ quiet: true })`find ${dir} -type f -size +0 -print0`).stdout.split('\0').filter(Boolean)
  // e_machine is at byte 18 of an ELF file; 0x3e is x86-64.
  const own = files.filter(file => {
    const head = readFileSync(file).subarray(0, 20)
    return head.subarray(0, 4).toString('latin1') === '\x7fELF' && head.readUInt16LE(18) !== 0xb7
  })
  expect(own).toEqual([])
  expect(files.length).toBeGreaterThan(3000)
})

test('the emulated build has the same bytes', async () => {
  // Fresh: not what an earlier run of this test left.
  const { code, all } = await project.build(['--emulate', '--fresh'])
  expect(all).toContain('identity.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(project.statuses()['00-bootstrap']).toBe('built')
  // What keeps the two apart in the cache.
  const { layer } = project.metadata().stages.find(({ name }) => name === '00-bootstrap') ?? {}
  const { reads } = JSON.parse(readFileSync(join(TEST_CACHE, 'layers', String(layer), 'layer.json'), 'utf8'))
  expect(reads).toContainEqual({ kind: 'setting', name: 'emulate', value: 'true' })
  expect(digest()).toBe(digests.native)
})
