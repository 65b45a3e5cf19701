/** Whole builds in containers of a real engine: the same bytes, few rights, and nothing left. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localImage } from '../../scripts/container/image.ts'
import { driverLabel } from '../../scripts/container/leftovers.ts'
import { CAPABILITIES } from '../../scripts/container/run.ts'
import { ROOT } from '../../scripts/plan/world.ts'
import { type How, Project, seen } from './driver.ts'
import { startEngine, stopEngine } from './engine.ts'

const VOLUME = 'rootsmith-test'
const project = new Project('boxtest')
let env: Record<string, string> = {}

beforeAll(async () => {
  const engine = await startEngine()
  env = { ...engine, CONTAINER_ENGINE: 'docker', ROOTSMITH_CACHE_VOLUME: VOLUME }
})
afterAll(async () => {
  docker('volume', 'rm', '--force', VOLUME)
  await stopEngine()
  project.remove()
})

const docker = (...words: string[]): string => {
  const ran = Bun.spawnSync(['docker', ...words], { env: { ...process.env, ...env } })
  return ran.stdout.toString().trim()
}
const containers = (): string[] =>
  docker('ps', '--all', '--quiet', '--filter', 'label=org.rootsmith.driver').split('\n').filter(Boolean)
const how = (more: How = {}): How => ({ ...more, env: { ...env, ...more.env } })
const image = (folder = project.out): string =>
  readFileSync(join(folder, `${project.name}.rootfs.tar.zst.sha256`), 'utf8').slice(0, 64)

async function noneLeft(): Promise<void> {
  for (let tries = 0; tries < 100 && containers().length > 0; tries++) await Bun.sleep(100)
  expect(containers()).toEqual([])
  expect(
    docker('volume', 'ls', '--quiet')
      .split('\n')
      .filter(name => /^[0-9a-f]{64}$/.test(name)),
  ).toEqual([])
}

test('the debian strategy makes its image, and gives the same bytes as the native one', async () => {
  const native = await project.build(['--strategy', 'native'])
  expect(native.stderr).toBe('')
  const here = image()
  const boxed = await project.build(['--strategy', 'debian'], how())
  expect(boxed.stderr).toBe('')
  expect(boxed.code).toBe(0)
  expect(docker('image', 'inspect', '--format', '{{.Config.User}}', localImage())).toBe('builder')
  // The same results were there already: built afresh they must be the same.
  const fresh = await project.build(['--strategy', 'debian', '--fresh'], how())
  expect(fresh.code).toBe(0)
  expect(project.metadata().strategy).toBe('debian')
  expect(image()).toBe(here)
  await noneLeft()
})

test('with nothing changed nothing is built, and the screen says so', async () => {
  const { code, stdout } = await project.build(['--strategy', 'debian'], how())
  expect(code).toBe(0)
  expect(stdout).toContain('Every stage reused')
})

test('a stage script that was edited is used, with the image as it is, and only it is built', async () => {
  const before = docker('image', 'inspect', '--format', '{{.Id}}', localImage())
  project.step('await write("/etc/own", "two\\n")')
  const { code } = await project.build(['--strategy', 'debian'], how())
  expect(code).toBe(0)
  expect(project.statuses()).toMatchObject({ '00-bootstrap': 'reused', '45-own': 'built' })
  expect(docker('image', 'inspect', '--format', '{{.Id}}', localImage())).toBe(before)
})

test('while it runs: not privileged, the capabilities that are documented, nothing of the machine mounted', async () => {
  project.step('await $`sleep 20`')
  const build = project.start(['--strategy', 'debian'], how())
  await seen(build, '45-own: Do something')
  const [id = ''] = containers()
  const { HostConfig, Mounts, Config } = JSON.parse(docker('inspect', id))[0]
  expect(HostConfig.Privileged).toBe(false)
  expect(HostConfig.CapDrop).toEqual(['ALL'])
  expect(HostConfig.CapAdd.map((name: string) => name.replace('CAP_', '')).sort()).toEqual([...CAPABILITIES].sort())
  expect(Mounts.map(({ Type, Name }: { Type: string; Name: string }) => `${Type} ${Name}`)).toEqual([
    `volume ${VOLUME}`,
  ])
  expect(HostConfig.Binds ?? []).toEqual([])
  expect(Config.Labels['org.rootsmith.build']).toBe('boxtest')
  // Not even its root can change the sources.
  for (const source of [project.dir, ROOT]) {
    expect(docker('exec', id, 'sh', '-c', `touch ${source}/x 2>&1 || true`)).toContain('Read-only file system')
  }
  build.child.kill('SIGINT')
  const { code, stderr } = await build.ended
  expect(code).toBe(130)
  expect(stderr).toBe('✖ interrupted\n')
  await noneLeft()
})

test('after kill -9 of the driver the container ends by itself, and the next build goes on', async () => {
  project.step('await $`sleep 60`')
  const build = project.start(['--strategy', 'debian'], how())
  await seen(build, '45-own: Do something')
  build.child.kill('SIGKILL')
  await build.ended
  await noneLeft()
  project.step('await write("/etc/own", "three\\n")')
  const next = await project.build(['--strategy', 'debian'], how())
  expect(next.code).toBe(0)
  expect(project.statuses()).toMatchObject({ '00-bootstrap': 'reused', '45-own': 'built' })
})

test('two builds of the same at once both succeed, with the same bytes', async () => {
  project.step('await $`sleep 3`; await write("/etc/own", "twice\\n")')
  const [one, two] = ['one', 'two'].map(name => join(project.dir, name)) as [string, string]
  const both = await Promise.all([one, two].map(out => project.build(['--strategy', 'debian', '--out', out], how())))
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(image(one)).toBe(image(two))
  await noneLeft()
  const left = docker(
    'run',
    '--rm',
    '--volume',
    `${VOLUME}:/cache`,
    '--entrypoint',
    'ls',
    localImage(),
    '/cache/results',
    '/cache/work',
  )
  expect(left.split('\n').filter(line => line && !line.startsWith('/'))).toEqual([])
})

test('a container whose driver died with its engine is removed by the next build', async () => {
  const [machine] = driverLabel().split(' ')
  const label = `org.rootsmith.driver=${machine} 4194305-1`
  docker('run', '--detach', '--label', label, '--network', 'none', '--entrypoint', 'sleep', localImage(), '600')
  expect(containers()).toHaveLength(1)
  expect((await project.build(['--strategy', 'debian'], how())).code).toBe(0)
  await noneLeft()
})

test('when the container is killed the build says so, and ends with 1', async () => {
  project.step('await $`sleep 60`')
  const build = project.start(['--strategy', 'debian'], how())
  await seen(build, '45-own: Do something')
  docker('kill', ...containers())
  const { code, stderr } = await build.ended
  expect(code).toBe(1)
  expect(stderr).toContain('the container ended before the build did (exit status 137)')
  expect(stderr).toContain('it was killed')
  await noneLeft()
})

test('a failing step ends with 1, and shows its script, the command and the log, which is here', async () => {
  project.step('await chroot`echo before; ls /no/such/file`')
  const { code, stderr } = await project.build(['--strategy', 'debian'], how())
  expect(code).toBe(1)
  expect(stderr).toContain('45-own: Do something failed')
  expect(stderr).toContain('echo before; ls /no/such/file (exit status 2)')
  expect(readFileSync(join(project.out, 'build-failed.log'), 'utf8')).toContain("ls: cannot access '/no/such/file'")
  expect(stderr).not.toContain('just shell')
})

test('an image that can not be pulled is told in one line, and the next strategy builds', async () => {
  project.step('await write("/etc/own", "four\\n")')
  const none = { ROOTSMITH_BUILDER_IMAGE: '127.0.0.1:9/none:1' }
  // Nothing native: no mmdebstrap is found, and so on.
  const bare = { ...none, PATH: pathWith('docker', 'sh', 'bash', 'tar', 'git', 'setpriv') }
  const { code, stderr } = await project.build([], how({ env: bare }))
  expect(stderr).toMatch(/^warning: official: 127\.0\.0\.1:9\/none:1 can't be pulled: .*; trying the next strategy\n$/)
  expect(code).toBe(0)
  expect(project.metadata().strategy).toBe('debian')
})

test('an image that is named is used by the official strategy', async () => {
  const named = how({ env: { ROOTSMITH_BUILDER_IMAGE: localImage() } })
  const { code } = await project.build(['--strategy', 'official', '--fresh'], named)
  expect(code).toBe(0)
  expect(project.metadata().strategy).toBe('official')
})

test('where there is nothing to build with, each strategy says why, and the exit code is 3', async () => {
  const { code, stderr } = await project.build([], { env: { PATH: pathWith('sh', 'bash', 'git') } })
  expect(code).toBe(3)
  expect(stderr).toContain('native: not installed: ')
  expect(stderr).toContain('official: neither docker nor podman is installed')
  expect(stderr).toContain('debian: neither docker nor podman is installed')
})

test('an engine that is down is told, with what to do', async () => {
  const { code, stderr } = await project.build(['--strategy', 'debian'], {
    env: { CONTAINER_ENGINE: 'docker', DOCKER_HOST: 'tcp://127.0.0.1:9' },
  })
  expect(code).toBe(3)
  expect(stderr).toContain('debian: docker does not answer: Cannot connect to the Docker daemon at tcp://127.0.0.1:9')
  expect(stderr).toContain('DOCKER_HOST')
})

/** A PATH with these programs only. */
function pathWith(...programs: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-path-'))
  for (const name of programs) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${Bun.which(name)} "$@"\n`, { mode: 0o755 })
  }
  return folder
}
