/** Whole builds over a network that breaks: they finish, with the same bytes, or say which mirror is dead, soon. */
import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { type Layer, layerDir, layerFiles, listLayers } from '../../scripts/plan/cache.ts'
import { faultyMirror, type Kind } from '../faulty-mirror.ts'
import { type Ended, Project, TEST_CACHE } from './driver.ts'

const projects: Project[] = []
const caches = join(TEST_CACHE, 'test', `mirrors-${process.pid}`)
const run = $({ quiet: true })

// The tools are not what is tested: they come from the shared cache, where another test or this one put them.
const plain = new Project('mirrorplain')
projects.push(plain)
expect((await plain.build()).all).toContain('mirrorplain.rootfs.tar.zst')
const tools = listLayers(TEST_CACHE)
  .filter(({ stage }) => stage === 'tools trixie amd64')
  .sort((a, b) => (a.created < b.created ? 1 : -1))[0]
if (!tools) throw new Error('there is no tools tree')
const [, archive = ''] =
  /^deb (?:\[.*?\] )?(\S+) trixie /m.exec(
    readFileSync(join(layerFiles(TEST_CACHE, tools.id), 'etc/apt/sources.list'), 'utf8'),
  ) ?? []
const upstream = new URL(archive).origin
const path = new URL(archive).pathname

let breaks: ((count: number) => Kind | undefined) | undefined
const first = await faultyMirror({ upstream, fault: (_path, _nth, count) => breaks?.(count) })
const second = await faultyMirror({ upstream })
afterAll(async () => {
  for (const mirror of [first, second]) mirror.close()
  for (const project of projects) project.remove()
  rmSync(caches, { recursive: true, force: true })
})

/** A build with an empty cache but for the tools. */
async function build(
  name: string,
  mirrors: string[],
  env: Record<string, string> = {},
  from: Layer | null | undefined = tools,
) {
  // All have one name: it is in the image.
  const project = new Project('mirrors', `from: {debian: {suite: trixie, mirrors: ${JSON.stringify(mirrors)}}}`)
  projects.push(project)
  project.step('await chroot`apt-get install --yes --no-install-recommends hello`; await apt.install(["bc"])')
  const cache = join(caches, name)
  mkdirSync(join(cache, 'layers'), { recursive: true })
  if (from) await run`cp -a ${layerDir(TEST_CACHE, from.id)} ${layerDir(cache, from.id)}`
  const begun = performance.now()
  const ended: Ended = await project.build([], { cache, env: { SOURCE_DATE_EPOCH: '1760000000', ...env } })
  return { ...ended, seconds: (performance.now() - begun) / 1000, project, cache }
}
const sha256 = (project: Project): string | undefined =>
  project.metadata().artifacts.find(({ name }) => name === 'mirrors.rootfs.tar.zst')?.sha256

let whole: string | undefined

test('a build from a mirror that works is what the others are compared with', async () => {
  const { code, all, project } = await build('whole', [`${first.url}${path}`])
  expect(all).toContain('mirrors.rootfs.tar.zst')
  expect(code).toBe(0)
  whole = sha256(project)
})

test('a build finishes through a proxy that breaks a fifth of what is asked of it', async () => {
  const proxy = await faultyMirror({ share: 0.2, seed: 7, kinds: ['503', 'reset', 'truncate'] })
  const { code, all, project, cache } = await build('proxy', [`${first.url}${path}`], { http_proxy: proxy.url })
  proxy.close()
  expect(all).toContain('mirrors.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(Object.keys(proxy.counts()).sort()).toEqual(['503', 'reset', 'truncate'])
  expect(sha256(project)).toBe(whole)
  // Nothing of it is kept, in no layer and no key.
  const kept = await run({ nothrow: true })`grep -rlF ${proxy.url} ${join(cache, 'layers')} ${project.out}`
  expect(kept.stdout.split('\n').filter(name => name && !name.endsWith('build.log'))).toEqual([])
})

test('a build finishes when the first mirror breaks half-way, in every way, and another is there', async () => {
  const kinds = ['wrong', '503', 'truncate', 'reset', undefined] as const
  const asked = first.requests
  // First of all kinds; then it answers no more.
  breaks = count => (count < asked + 25 ? undefined : count < asked + 60 ? kinds[count % kinds.length] : 'stall')
  const { code, all, project, cache } = await build('half', [`${first.url}${path}`, `${second.url}${path}/`])
  breaks = undefined
  expect(all).toContain('mirrors.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(Object.keys(first.counts()).sort()).toEqual(['503', 'reset', 'stall', 'truncate', 'wrong'])
  // The image ships with the first mirror, as if nothing had been.
  expect(sha256(project)).toBe(whole)
  const bootstrap = listLayers(cache).find(({ stage }) => stage === '00-bootstrap')
  for (const [at, value] of [`${first.url}${path}`, `${second.url}${path}/`].entries())
    expect(bootstrap?.reads).toContainEqual({
      kind: 'config',
      name: `from.debian.mirrors.${at}`,
      value: expect.stringContaining(value),
    })
  const kept = await run({ nothrow: true })`grep -rlF mirror+file ${join(cache, 'layers')} --include=*sources*`
  expect(kept.stdout).toBe('')
})

test('a mirror that is dead from the beginning is said to come last', async () => {
  const dead = 'http://127.0.0.1:1/debian'
  const { code, all, project } = await build('first', [dead, `${second.url}${path}`])
  // apt's words: `Could not connect` or `Unable to connect`.
  expect(all).toContain(`the mirror ${dead} comes last: `)
  expect(all).toContain('connect to 127.0.0.1:1')
  expect(code).toBe(0)
  const list = await run`tar -xOf ${join(project.out, 'mirrors.rootfs.tar.zst')} ./etc/apt/sources.list`
  expect(list.stdout).toBe(`deb ${dead} trixie main\n`)
})

test('with no mirror that lives the error names each, in about a minute', async () => {
  const hangs = await faultyMirror({ fault: () => 'stall' })
  const [one, both, none] = await Promise.all([
    build('one', ['http://127.0.0.1:1/debian']),
    build('both', ['http://127.0.0.1:1/debian', `${hangs.url}/debian`]),
    // What mmdebstrap knows, for the tools as well.
    build('none', [], { http_proxy: hangs.url }, null),
  ])
  hangs.close()
  for (const { code, seconds, stderr } of [one, both, none]) {
    expect(code).toBe(1)
    expect(stderr).not.toContain('bug in Rootsmith')
    // A minute of asking, and what a busy machine adds; without an end it would be ten.
    expect(seconds).toBeLessThan(120)
  }
  expect(one.stderr).toMatch(/cannot download packages: http:\/\/127\.0\.0\.1:1\/debian: .* connect to 127\.0\.0\.1:1/)
  expect(both.stderr).toContain('no mirror has trixie for us')
  expect(both.stderr).toMatch(/http:\/\/127\.0\.0\.1:1\/debian: .* connect to/)
  expect(both.stderr).toContain(`${hangs.url}/debian: `)
  expect(none.stderr).toMatch(/tools trixie: Make the tools failed\s+cannot download packages: nothing comes from http/)
})
