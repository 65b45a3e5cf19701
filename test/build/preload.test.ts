/** Images in the rootfs: made by one daemon, found by another; and what happens when they can't be had. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { commandsWith } from '../processes.ts'
import { Project, seen, TEST_CACHE } from './driver.ts'
import { startEngine, stopEngine } from './engine.ts'
import { busyboxTree, loadImage } from './images.ts'
import { Registry } from './registry.ts'

const project = new Project('preload')
const { dir } = project
const folder = mkdtempSync(join(tmpdir(), 'rootsmith-preload-'))
const quiet = $({ quiet: true })
let registry: Registry
let env: Record<string, string>

/** An image with a file and a folder whose content the layer above takes away. */
const LAYERS = {
  '1/srv/gone': 'x',
  '1/srv/dir/old': 'x',
  '2/srv/.wh.gone': '',
  '2/srv/dir/.wh..wh..opq': '',
  '2/srv/dir/new': 'y',
}

beforeAll(async () => {
  env = await startEngine()
  registry = await Registry.make()
  for (const [path, text] of Object.entries(LAYERS)) {
    mkdirSync(join(folder, 'layers', path, '..'), { recursive: true })
    writeFileSync(join(folder, 'layers', path), text)
  }
  const own = $({ quiet: true, env: { ...process.env, ...env } as Record<string, string> })
  const tree = await busyboxTree('amd64')
  const image = `${registry.host}/deep:1`
  await loadImage([tree, join(folder, 'layers/1'), join(folder, 'layers/2')], 'amd64', image, env)
  await own`docker push ${image}`
  mkdirSync(join(dir, 'web'))
  writeFileSync(join(dir, 'web/Dockerfile'), `FROM ${image}\nCOPY page /page\n`)
  writeFileSync(join(dir, 'web/page'), 'hello\n')
  services({ deep: `image: '${image}'`, web: 'build: ./web' })
  config()
}, 600_000)
afterAll(async () => {
  await registry?.remove()
  await stopEngine()
  project.remove()
  rmSync(folder, { recursive: true, force: true })
})

const services = (lines: Record<string, string>): void =>
  writeFileSync(
    join(dir, 'compose.yaml'),
    `services:\n${Object.entries(lines)
      .map(([name, line]) => `  ${name}:\n    ${line}\n`)
      .join('')}`,
  )
const config = (more = 'packages: [docker.io]'): void =>
  project.config(
    `from: {debian: {suite: bookworm}}\ndepends: []\n${more}\ncomponents: [{type: docker-compose, path: compose.yaml, target: /opt/app, operation: build}]`,
  )
const archive = (): string => join(project.out, 'preload.rootfs.tar.zst')
const digest = (): string | undefined => project.metadata().artifacts.find(({ name }) => name.endsWith('.zst'))?.sha256

/** Debian's daemon on the images of an unpacked rootfs, as the device would start it. */
async function daemonOn(root: string): Promise<{ child: ChildProcess; host: string }> {
  const host = `unix://${folder}/sock`
  const words = ['--data-root', join(root, 'var/lib/docker'), '--exec-root', join(folder, 'exec'), '--host', host]
  const more = ['--pidfile', join(folder, 'pid'), '--bridge=none', '--iptables=false']
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'dockerd', ...words, ...more], {
    stdio: 'ignore',
  })
  for (let tries = 0; tries < 150; tries++) {
    if ((await quiet`docker -H ${host} info`.nothrow()).exitCode === 0) break
    await Bun.sleep(200)
  }
  return { child, host }
}

test('images are pulled and built into the rootfs, before its first stage', async () => {
  const { code, all } = await project.build([], { env })
  expect(code).toBe(0)
  expect(all.indexOf('images: built')).toBeLessThan(all.indexOf('00-bootstrap: '))
})

test("another daemon, Debian 12's, finds them in the rootfs and runs them, deleted files deleted", async () => {
  const root = join(folder, 'root')
  mkdirSync(root)
  await quiet`tar -C ${root} --numeric-owner --xattrs --xattrs-include=* -xf ${archive()}`
  const { child, host } = await daemonOn(root)
  try {
    const names = (await quiet`docker -H ${host} image ls --format ${'{{.Repository}}:{{.Tag}}'}`).stdout
    expect(names.trim().split('\n').sort()).toEqual(['app-web:latest', `${registry.host}/deep:1`])
    const listed = await quiet`docker -H ${host} run --rm --network none app-web:latest ls -R /srv /page`
    expect(listed.stdout.split(/\s+/).filter(Boolean)).toEqual(['/page', '/srv:', 'dir', '/srv/dir:', 'new'])
  } finally {
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
})

test('the same images give the same bytes, fetched anew', async () => {
  const before = digest()
  const { code } = await project.build(['--fresh'], { env })
  expect(code).toBe(0)
  expect(project.statuses().images).toBe('built')
  expect(digest()).toBe(before ?? '')
})

test('a changed source of an image is noticed, and said', async () => {
  writeFileSync(join(dir, 'web/page'), 'changed\n')
  const { code } = await project.build([], { env })
  expect(code).toBe(0)
  expect(project.reason('images')).toBe('./web changed')
  expect(project.statuses()['00-bootstrap']).toBe('reused')
})

test('killed while it pulls, it leaves no daemon and no mount', async () => {
  const build = project.start(['--fresh'], { env })
  await seen(build, 'images: pull')
  build.child.kill('SIGKILL')
  await build.ended
  await Bun.sleep(1000)
  expect(commandsWith('/run/dockerd.pid')).toEqual([])
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(join(TEST_CACHE, 'work/preload'))
})

test('an image for another machine only, one that is nowhere, and a registry that is off are told apart', async () => {
  const own = $({ quiet: true, env: { ...process.env, ...env } as Record<string, string> })
  const other = `${registry.host}/other:1`
  await loadImage([await busyboxTree('amd64')], 'arm64', other, env)
  await own`docker push ${other}`
  services({ other: `image: '${other}'` })
  expect((await project.build([], { env })).stderr).toContain('wanted linux/amd64, actual: linux/arm64')
  services({ none: `image: '${registry.host}/none:1'` })
  const missing = await project.build([], { env })
  expect(missing.stderr).toContain(`${registry.host}/none:1 can't be pulled`)
  expect(missing.code).toBe(1)
  services({ off: "image: '127.0.0.1:9/off:1'" })
  const off = await project.build([], { env })
  expect(off.stderr).toContain('the registry does not answer')
  expect(off.code).toBe(1)
  expect(readdirSync(join(TEST_CACHE, 'work')).filter(name => name === 'preload')).toEqual([])
}, 300_000)

test('a rootfs whose Docker would not find them is refused', async () => {
  services({ deep: `image: '${registry.host}/deep:1'` })
  mkdirSync(join(dir, 'stages/46-docker'), { recursive: true })
  project.step('await write("/etc/docker/daemon.json", JSON.stringify({ "data-root": "/data" }))')
  const { code, stderr } = await project.build([], { env })
  expect(code).toBe(1)
  expect(stderr).toContain('`data-root`')
  expect(existsSync(archive())).toBe(true)
})
