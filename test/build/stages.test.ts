/** What people put in stage folders, for real: pi-gen's files, packages, debconf, and every way a step has to change a rootfs. */
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { Project } from './driver.ts'

const project = new Project('stagestest')
afterAll(() => project.remove())
const stage = join(project.dir, 'stages/45-own')
const archive = (): string => join(project.out, 'stagestest.rootfs.tar.zst')
const fileOf = async (path: string): Promise<string> => (await $({ quiet: true })`tar -xOf ${archive()} ${path}`).stdout

test('all of them work in one build', async () => {
  writeFileSync(join(stage, '00-debconf'), 'keyboard-configuration keyboard-configuration/xkb-keymap select de\n')
  writeFileSync(join(stage, '00-packages-nr'), 'hello # says it\nkeyboard-configuration\n')
  mkdirSync(join(stage, '00-patches'))
  writeFileSync(join(stage, '00-patches/series'), '01-issue.patch\n')
  writeFileSync(
    join(stage, '00-patches/01-issue.patch'),
    '--- a/etc/issue.net\n+++ b/etc/issue.net\n@@ -1 +1 @@\n-Debian GNU/Linux 13\n+Patched\n',
  )
  writeFileSync(join(stage, '01-run.sh'), '#!/bin/sh -e\necho "$IMG_NAME" > "$ROOTFS_DIR/etc/from-run"\n')
  chmodSync(join(stage, '01-run.sh'), 0o755)
  writeFileSync(join(stage, '02-run-chroot.sh'), 'cat /proc/1/comm > /dev/null; hello > /etc/from-chroot\n')
  mkdirSync(join(project.dir, 'stages/46-after'))
  // What apt made of the package lists in the stage before: it need not read them again.
  writeFileSync(
    join(project.dir, 'stages/46-after/00-run-chroot.sh'),
    'test -s /var/cache/apt/archives/srcpkgcache.bin\n',
  )
  writeFileSync(join(project.dir, 'beside.txt'), 'beside\n')
  project.step(`
    await write('/etc/deep/er/file', 'text', { mode: 0o600, owner: 'root:adm' })
    await copy('beside.txt', '/etc/copied', { mode: '640' })
    await copy('stages', '/srv/stages')
    await remove('/etc/motd', '/srv/stages/45-own/0*')
    await apt.remove(['hello'])
    log.info(await source('beside.txt'))`)
  // All of it, as what apt keeps from one stage to the next is there only while it builds.
  const { code, all } = await project.build(['--fresh'])
  expect(all).toContain('stagestest.rootfs.tar.zst')
  expect(code).toBe(0)
})

test('and each left what it should', async () => {
  expect(await fileOf('./etc/default/keyboard')).toContain('XKBLAYOUT="de"')
  expect(await fileOf('./etc/issue.net')).toBe('Patched\n')
  expect(await fileOf('./etc/from-run')).toBe('stagestest\n')
  expect(await fileOf('./etc/from-chroot')).toBe('Hello, world!\n')
  const listing = (await $({ quiet: true })`tar --numeric-owner -tvf ${archive()}`).stdout
  expect(listing).toMatch(/-rw------- 0\/4 .* \.\/etc\/deep\/er\/file/)
  expect(listing).toMatch(/-rw-r----- 0\/0 .* \.\/etc\/copied/)
  expect(listing).toContain('./srv/stages/45-own/10-do-something.ts')
  expect(listing).not.toContain('./srv/stages/45-own/00-packages-nr')
  expect(listing).not.toContain('./etc/motd')
  expect(listing).not.toContain('./usr/bin/hello')
})

test('packages are installed without being preconfigured', async () => {
  const log = readFileSync(join(project.out, 'build.log'), 'utf8')
  expect(log).toContain('Setting up keyboard-configuration')
  expect(log).not.toContain('Preconfiguring packages')
})

test('nothing that is only there while we build is in the result', async () => {
  const listing = (await $({ quiet: true })`tar -tf ${archive()}`).stdout.split('\n')
  for (const name of [
    './usr/sbin/policy-rc.d',
    './etc/apt/apt.conf.d/00rootsmith',
    './etc/apt/apt.conf.d/99rootsmith',
    './etc/dpkg/dpkg.cfg.d/00rootsmith',
    './var/cache/apt/archives/srcpkgcache.bin',
  ])
    expect(listing).not.toContain(name)
  expect(listing.filter(name => /^\.\/(run|tmp|proc|sys|dev)\/./.test(name))).toEqual([])
  expect(listing).toContain('./proc/')
  expect(await fileOf('./etc/resolv.conf')).toBe('')
})

test('a script that is not executable is an error that says so', async () => {
  chmodSync(join(stage, '01-run.sh'), 0o644)
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('01-run.sh is not executable')
  expect(stderr).toContain('chmod +x')
})
