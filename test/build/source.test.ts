/** Rootfs from a folder or a tar: customised like any other, and the original stays as it was. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { digestOf } from '../../scripts/plan/world.ts'
import { Project } from './driver.ts'

const quiet = $({ quiet: true })
const base = new Project('sourcebase')
const project = new Project('sourcetest')
const archive = (): string => join(project.out, 'sourcetest.rootfs.tar.zst')
const fileOf = async (path: string): Promise<string> => (await quiet`tar -xOf ${archive()} ${path}`).stdout
let before = ''

beforeAll(async () => {
  expect((await base.build()).code).toBe(0)
  cpSync(join(base.out, 'sourcebase.rootfs.tar.zst'), join(project.dir, 'base.tar.zst'))
  mkdirSync(join(project.dir, 'tree'))
  await quiet`tar -C ${join(project.dir, 'tree')} --numeric-owner --xattrs --xattrs-include=* -xf ${join(project.dir, 'base.tar.zst')}`
  before = digestOf(join(project.dir, 'tree'))
}, 600_000)
afterAll(() => {
  base.remove()
  project.remove()
})

const more = (path: string): string =>
  `from: {rootfs: {path: ${path}}}\nsystem: {ssh: false, hostname: derived}\npackages: [hello]\nnetwork: {nameservers: [192.0.2.1]}`

test('a tar is unpacked, and packages are installed in it', async () => {
  project.config(more('base.tar.zst'))
  expect((await project.build()).all).toContain('sourcetest.rootfs.tar.zst')
  expect(await fileOf('./etc/hostname')).toBe('derived\n')
  expect(await fileOf('./usr/share/doc/hello/copyright')).toContain('hello')
})

test("the resolver is the config's, not the build machine's", async () => {
  expect(await fileOf('./etc/resolv.conf')).toBe('nameserver 192.0.2.1\n')
})

test('a folder with the same content gives the same bytes, and is not changed', async () => {
  const digest = project.metadata().artifacts[0]?.sha256
  project.config(more('tree'))
  expect((await project.build()).code).toBe(0)
  expect(project.metadata().artifacts[0]?.sha256).toBe(digest)
  expect(digestOf(join(project.dir, 'tree'))).toBe(before)
})

test('a truncated archive ends the build with an error that names it', async () => {
  await quiet`head -c 1000000 ${join(project.dir, 'base.tar.zst')} > ${join(project.dir, 'short.tar.zst')}`
  project.config(more('short.tar.zst'))
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('short.tar.zst')
})
