/** Programs of another architecture: those that tell of the machine tell the truth, and what is damaged does no harm. */
import { afterAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { type Layer, layerFiles, listLayers } from '../../scripts/plan/cache.ts'
import { Project, TEST_CACHE } from './driver.ts'

const project = new Project('foreign')
const small = new Project('damaged', 'arch: arm64')
afterAll(() => {
  project.remove()
  small.remove()
})
const answers = async (): Promise<string[]> =>
  (await $({ quiet: true })`tar -xOf ${join(project.out, 'foreign.rootfs.tar.zst')} ./answers`).stdout.split('\n')
const tools = (): Layer => {
  const layer = listLayers(TEST_CACHE).find(({ stage }) => stage.startsWith('tools trixie'))
  if (!layer) throw new Error('there is no tree of tools')
  return layer
}
const inTools = (path: string): string => join(layerFiles(TEST_CACHE, tools().id), path)

/** What in a rootfs names its architecture, a line each. */
const QUESTIONS = [
  'uname -m',
  'arch',
  'dpkg --print-architecture',
  'gcc -dumpmachine',
  `python3 -c 'import platform, sysconfig; print(platform.machine(), sysconfig.get_config_var("MULTIARCH"))'`,
  'perl -MConfig -e \'print "$Config{archname}\\n"\'',
  "ldconfig -p | sed -n 's/.*libc.so.6.*=> //p'",
  "apt-config dump APT::Architecture | sed 's/.* //'",
]
const ask = `await chroot\`set -e; { ${QUESTIONS.join('; ').replaceAll('\\', '\\\\').replaceAll('$', '\\$')}; } > /answers\``

test('in an arm64 rootfs every program that is asked says arm64', async () => {
  project.config('arch: arm64\npackages: [gcc, libc6-dev, python3, perl]')
  project.step(`await apt.install(['gcc', 'python3', 'perl']); ${ask}`)
  const { code, all } = await project.build()
  expect(all).toContain('foreign.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(await answers()).toEqual([
    'aarch64',
    'aarch64',
    'arm64',
    'aarch64-linux-gnu',
    'aarch64 aarch64-linux-gnu',
    'aarch64-linux-gnu-thread-multi',
    '/lib/aarch64-linux-gnu/libc.so.6',
    '"arm64";',
    '',
  ])
}, 600_000)

test('in an armhf rootfs it is armhf', async () => {
  // Only the suite itself: mirrors of security updates and the like are at times out of step for it.
  const mirror = /^deb (?:\[.*?\] )?(\S+) trixie /m.exec(readFileSync(inTools('etc/apt/sources.list'), 'utf8'))?.[1]
  project.config(`arch: armhf\nfrom: {debian: {suite: trixie, mirrors: ['${mirror}']}}`)
  project.step(`await apt.install(['python3-minimal', 'libc-bin']); ${ask.replace('gcc -dumpmachine; ', '')}`)
  const { code, all } = await project.build(['--profile-foreign'])
  expect(all).toContain('foreign.rootfs.tar.zst')
  expect(code).toBe(0)
  const said = await answers()
  expect(said.slice(0, 3)).toEqual(['armv7l', 'armv7l', 'armhf'])
  expect(said.slice(3).join('\n')).toContain('arm-linux-gnueabihf')
  expect(said.join('\n')).not.toContain('x86')
  // What was emulated is told, with a sum.
  expect(all).toMatch(/\d\s+\/usr\/bin\/uname/)
  expect(all).toContain('all emulated programs')
}, 600_000)

const digest = (): string | undefined => small.metadata().artifacts.find(({ name }) => name.endsWith('.zst'))?.sha256
let whole: string | undefined

test('a damaged native tree is made anew, a truncated handler compiled again, and the bytes stay the same', async () => {
  expect((await small.build()).code).toBe(0)
  whole = digest()
  truncateSync(inTools('usr/bin/sed'), 1000)
  const handlers = join(TEST_CACHE, 'handlers')
  for (const name of readdirSync(handlers)) if (!name.includes('.')) truncateSync(join(handlers, name), 1000)
  expect((await small.build(['--fresh'])).code).toBe(0)
  expect(small.reason('tools trixie')).toBe('the one in the cache is damaged')
  expect(digest()).toBe(whole)
}, 600_000)

test('programs of which a native tree has another version, as that of another suite, are emulated', async () => {
  // Of the same size, so that only the version tells.
  const status = inTools('var/lib/dpkg/status')
  const text = readFileSync(status, 'utf8')
  const other = text.replace(/(Package: sed\n(?:.+\n)*?Version: )\d/, '$10')
  expect(other).not.toBe(text)
  await Bun.write(status, other)
  try {
    const { code, all } = await small.build(['--fresh'])
    expect(all).toMatch(/emulated, since the rootfs has another version: .*\bsed/)
    expect(code).toBe(0)
    expect(digest()).toBe(whole)
  } finally {
    await Bun.write(status, text)
  }
}, 600_000)

test('a damaged layer of a stage is built again', async () => {
  const { layer } = small.metadata().stages.find(({ name }) => name === '45-own') ?? { layer: '' }
  rmSync(join(layerFiles(TEST_CACHE, layer), 'etc/own'))
  rmSync(join(small.out, 'damaged.rootfs.tar.zst'))
  expect((await small.build()).code).toBe(0)
  expect(small.reason('45-own')).toBe('its layer in the cache is damaged')
  expect(small.statuses()['00-bootstrap']).toBe('reused')
  expect(digest()).toBe(whole)
}, 600_000)
