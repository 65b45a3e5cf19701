/** A Jetson, from the config to the device, with a made-up BSP: what it was asked is what counts. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import type { BspFacts } from '../../scripts/jetson/facts.ts'
import { type Call, makeBsp, parseRecord, RECORD } from '../jetson/bsp.ts'
import { makeHost } from '../jetson/host.ts'
import { type Ended, Project, rootsmith } from './driver.ts'

const quiet = $({ quiet: true })
const project = new Project('jetsontest')
/** crypt(3) of nothing in particular; a test may look for it everywhere. */
const HASH = '$6$rootsmith$Nn1mbkOYMNMMHqLxvzu0RrBCVb9RkNwxRFxbaXlxyVvdlsfd9Sbs5VWfZbjcBMyPs7f.1ByQdYnVDBTNsn2Pp/'
const env = { JETSON_HASH: HASH }
let first: Ended
/** Command lines of all processes of the machine while it was built. */
let seen: Set<string>
let facts: BspFacts
let calls: Call[]

const config = (more = ''): string => `target: jetson
arch: arm64
jetson:
  bsp: {path: bsp/Jetson_Linux_R36.4.3_aarch64.tbz2}
  board: jetson-agx-orin-devkit
  accept_license: true
system:
  ssh: false
  hostname: unit-7
  user: {name: worker, password_hash: !ENV JETSON_HASH, sudo: none}
components: [{type: file, source: hello, target: /etc/hello}]
outputs: [rootfs, deb]
${more}`

/** What everybody on the machine can see. @returns what ends it. */
function watchProcesses(): () => Set<string> {
  const lines = new Set<string>()
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      try {
        lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      } catch {
        // It ended meanwhile.
      }
    }
  }
  const timer = setInterval(look, 100)
  return () => {
    clearInterval(timer)
    return lines
  }
}

const bundle = (): Promise<Ended> => rootsmith('bundle', ['x.yaml'], { cwd: project.dir, env })
const runFile = (): string => join(project.out, readdirSync(project.out).find(name => name.endsWith('.run')) ?? '')
const fileOf = async (path: string): Promise<string> =>
  (await quiet`tar -xOf ${join(project.out, 'jetsontest.rootfs.tar.zst')} ./${path}`).stdout

beforeAll(async () => {
  mkdirSync(join(project.dir, 'bsp'))
  writeFileSync(join(project.dir, 'hello'), 'hello\n')
  await makeBsp(join(project.dir, 'bsp'))
  project.config(config())
  const stop = watchProcesses()
  first = await bundle()
  seen = stop()
  expect(first.all).toContain('.run')
  expect(first.code).toBe(0)
  facts = JSON.parse(await fileOf('usr/lib/rootsmith/bsp.json')) as BspFacts
  calls = parseRecord(await fileOf(RECORD))
}, 900_000)
afterAll(() => project.remove())

describe('the rootfs', () => {
  test("NVIDIA's scripts ran as root, in order, in the BSP's folder", () => {
    expect(calls.map(({ script, euid }) => `${euid} ${script}`)).toEqual([
      '0 apply_binaries.sh',
      '0 l4t_create_default_user.sh',
    ])
    expect(calls[0]?.words).toEqual([])
    expect(calls[0]?.cwd).toEndWith('/Linux_for_Tegra')
    expect(calls[1]?.words.filter((_, i) => i !== 3)).toEqual([
      '-u',
      'worker',
      '-p',
      '-n',
      'unit-7',
      '--accept-license',
    ])
  })

  test('the packages of the BSP are installed, and none of what its scripts put there to do it is left', async () => {
    expect(await fileOf('boot/Image')).toBe('a kernel\n')
    expect(await fileOf('var/lib/dpkg/status')).toMatch(/Package: nvidia-l4t-core\nStatus: install ok installed/)
    const names = (await quiet`tar -tf ${join(project.out, 'jetsontest.rootfs.tar.zst')}`).stdout.split('\n')
    expect(names.filter(name => /qemu|l4t-packages|^\.\/dev\/.|\.nodes|\.held$|stand-ins/.test(name))).toEqual([])
  })

  test('it starts as a Jetson does: no kernel of Debian, no boot partition, a root file system', async () => {
    const status = await fileOf('var/lib/dpkg/status')
    expect(status).not.toContain('raspi-firmware')
    expect(status).not.toMatch(/^Package: linux-image/m)
    expect(await fileOf('etc/fstab')).toBe('/dev/root  /  ext4  defaults  0  1\n')
    expect(await fileOf('etc/hostname')).toBe('unit-7\n')
    expect(await fileOf('etc/nv/nvautoconfig')).toBe('')
  })

  test("the user has the config's password, and never had the one on the command line", async () => {
    const shadow = await fileOf('etc/shadow')
    expect(shadow).toContain(`worker:${HASH}:`)
    expect(await fileOf('etc/group')).toMatch(/^video:.*worker/m)
    const password = calls[1]?.words[3] ?? ''
    expect(password.length).toBeGreaterThan(12)
    expect(shadow).not.toContain('$1$')
  })

  test('the source of packages is as NVIDIA wrote it, for the device to fill in', async () => {
    expect(await fileOf('etc/apt/sources.list.d/nvidia-l4t-apt-source.list')).toContain('/jetson/<SOC> ')
  })

  test('what flashing needs to know of the BSP is in it', () => {
    expect(facts).toMatchObject({ release: '36.4.3', archive: 'Jetson_Linux_R36.4.3_aarch64.tbz2' })
    expect(facts.boards.map(({ name }) => name)).toContain('jetson-orin-nano-devkit')
  })
})

test('the password hash is in no log, plan, metadata or process list', async () => {
  const plan = await rootsmith('plan', ['x.yaml', '--json'], { cwd: project.dir, env })
  const record = await fileOf(RECORD)
  const kept = readdirSync(project.out)
    .filter(name => /\.(json|log)$/.test(name))
    .map(name => readFileSync(join(project.out, name), 'utf8'))
  expect(kept.length).toBeGreaterThanOrEqual(2)
  for (const text of [first.all, plan.all, record, ...kept]) expect(text).not.toContain('$6$rootsmith$')
  const lines = [...seen]
  expect(lines.some(line => line.includes('scripts/stage/run.ts'))).toBe(true)
  expect(lines.filter(line => line.includes('$6$rootsmith$'))).toEqual([])
})

test('a second build reuses every layer and gives the same .run', async () => {
  const digest = (): string | undefined =>
    project.metadata().artifacts.find(({ name }) => name.endsWith('.run'))?.sha256
  const before = digest()
  rmSync(project.out, { recursive: true })
  expect((await bundle()).code).toBe(0)
  expect(project.statuses()['05-bsp']).toBe('reused')
  expect(digest()).toBe(before)
}, 300_000)

test('where it is flashed to can change without making the rootfs again', async () => {
  project.config(config().replace('accept_license: true', 'accept_license: true\n  storage: nvme'))
  expect((await bundle()).code).toBe(0)
  expect(Object.values(project.statuses())).not.toContain('built')
}, 300_000)

test('the .run flashes: the BSP and the rootfs are put together as root, and the right tool is called', async () => {
  const host = makeHost(project.dir)
  const record = join(project.dir, 'record')
  const work = join(project.dir, 'work')
  mkdirSync(work)
  const done = Bun.spawnSync(['sh', runFile(), '--yes', '--work', work, '--keep'], {
    env: { ...host.env, TMPDIR: project.dir, FAKE_BSP_RECORD: record },
    stdin: 'ignore',
  })
  const text = done.stdout.toString() + done.stderr.toString()
  expect(text).toContain('Done: jetson-agx-orin-devkit holds jetsontest')
  expect(done.exitCode).toBe(0)
  const words = '--external-device nvme0n1p1 -c tools/kernel_flash/flash_l4t_t234_nvme.xml --showlogs --network usb0'
  expect(parseRecord(readFileSync(record, 'utf8')).map(call => [call.script, call.euid, call.words.join(' ')])).toEqual(
    [['l4t_initrd_flash.sh', '0', `${words} jetson-agx-orin-devkit external`]],
  )
  const [folder = ''] = readdirSync(work).filter(name => !name.endsWith('-logs'))
  const rootfs = join(work, folder, 'Linux_for_Tegra/rootfs')
  expect((await quiet`stat -c %u:%a ${join(rootfs, 'etc/shadow')}`).stdout).toMatch(/^0:640/)
  expect(readFileSync(join(rootfs, 'etc/hello'), 'utf8')).toBe('hello\n')
}, 300_000)

describe('what the BSP lacks is said', () => {
  const build = async (from: string, to: string): Promise<Ended> => {
    project.config(config().replace(from, to))
    return await project.build([], { env })
  }

  test('a board, with those it has', async () => {
    const { code, stderr } = await build('jetson-agx-orin-devkit', 'jetson-agx-orin-devkits')
    expect(code).toBe(1)
    expect(stderr).toContain('jetson.board: the BSP has no board jetson-agx-orin-devkits')
    expect(stderr).toContain('did you mean `jetson-agx-orin-devkit`?')
    expect(stderr).toContain('somebodys-carrier')
  }, 300_000)

  test('a script of it that fails, with its last words; Thor asks it for the open driver', async () => {
    mkdirSync(join(project.dir, 'broken'))
    const script = '#!/bin/bash\necho "called with: $*" >&2\nexit 7\n'
    await makeBsp(join(project.dir, 'broken'), { major: 39, more: { 'apply_binaries.sh': script } })
    project.config(
      config().replace('bsp/Jetson_Linux_R36.4.3', 'broken/Jetson_Linux_R39.2.0').replace('agx-orin', 'agx-thor'),
    )
    const { code, stderr } = await project.build([], { env })
    expect(code).toBe(1)
    expect(stderr).toContain('./apply_binaries.sh of the BSP ended with status 7')
    expect(stderr).toContain('called with: --openrm')
  }, 300_000)

  test('the BSP itself, before anything is built', async () => {
    const { code, stderr } = await build('bsp/Jetson', 'bsp/another')
    expect(code).toBe(2)
    expect(stderr).toMatch(/x\.yaml:\d+: jetson\.bsp\.path: .*does not exist/)
  })
})
