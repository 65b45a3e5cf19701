/**
 * A compose project's package on a system whose Docker runs: real containers of a real dockerd, images from a real registry,
 * Compose 1.29 of bookworm and 2.26 of trixie. Needs root, docker.io, docker-registry and a static busybox.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { $ } from 'zx'
import { buildDeb } from '../../scripts/output/deb.ts'
import { type Bench, bench } from '../output/harness.ts'
import { TEST_CACHE } from './driver.ts'
import { startEngine, stopEngine } from './engine.ts'
import { Registry } from './registry.ts'

const run = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })
const SUITES = { bookworm: ['docker.io', 'docker-compose'], trixie: ['docker-cli', 'docker-compose'] } as const

async function rootOf(suite: keyof typeof SUITES): Promise<string> {
  const path = join(TEST_CACHE, 'test', `deb-docker-${suite}`)
  if (await Bun.file(join(path, 'etc/os-release')).exists()) return path
  await mkdir(join(TEST_CACHE, 'test'), { recursive: true })
  const beside = await mkdtemp(join(TEST_CACHE, 'test', `.deb-docker-${suite}-`))
  const include = ['init-system-helpers', ...SUITES[suite]].join(',')
  await run`mmdebstrap --mode=root --variant=minbase --include=${include} --skip=output/dev ${suite} ${beside}`
  await rename(beside, path)
  return path
}

let engine: Record<string, string>
let registry: Registry
let packer: Bench
let folder: string
const docker = async (...words: string[]): Promise<string> =>
  (
    await $({ quiet: true, env: { ...process.env, ...engine } as Record<string, string> })`docker ${words}`
  ).stdout.trim()

/** Versions of the package: what its compose file says. */
const COMPOSE: Record<string, { project: string; image: string }> = {
  '1.0.0': { project: 'demo', image: 'app:1' },
  '1.1.0': { project: 'demo', image: 'app:2' },
  '2.0.0': { project: 'other', image: 'app:2' },
  '3.0.0': { project: '', image: '' },
}

beforeAll(async () => {
  engine = await startEngine()
  registry = await Registry.make()
  folder = await mkdtemp(join(tmpdir(), 'rootsmith-deb-docker-'))
  await mkdir(join(folder, 'image'))
  await copyFile(Bun.which('busybox') ?? '', join(folder, 'image/busybox'))
  await run`chmod 755 ${folder}/image/busybox`
  // The images differ, and end at once when told to.
  for (const tag of ['app:1', 'app:2', 'tool:1']) {
    await writeFile(join(folder, 'image/name'), `${tag}\n`)
    await run`tar -C ${folder}/image -cf ${folder}/image.tar .`
    const change = ['-c', 'CMD ["/busybox", "sleep", "10000"]']
    await docker('import', ...change, join(folder, 'image.tar'), `${registry.host}/${tag}`)
    await docker('push', `${registry.host}/${tag}`)
    await docker('image', 'rm', `${registry.host}/${tag}`)
  }
  packer = await bench({ name: 'sample' })
  await mkdir(join(packer.configDir, 'app'))
  await writeFile(join(packer.configDir, 'app/Dockerfile'), 'FROM scratch\n')
  await writeFile(join(packer.configDir, 'note'), 'a file\n')
  await writeFile(join(packer.configDir, '.env'), 'GREETING=hello\n')
  for (const [version, { project, image }] of Object.entries(COMPOSE)) {
    // `built` is of the root file system; `tool` was here before the package.
    const stop_signal = 'SIGKILL'
    const services = {
      web: {
        stop_signal,
        image: `${registry.host}/${image}`,
        environment: ['GREETING=$GREETING'],
        volumes: ['data:/data'],
      },
      built: { stop_signal, build: './app', volumes: ['data:/data'] },
      tool: { stop_signal, image: `${registry.host}/tool:1` },
    }
    await writeFile(
      join(packer.configDir, 'compose.yaml'),
      JSON.stringify({ version: '3.7', services, volumes: { data: {} } }),
    )
    const compose = { type: 'docker-compose' as const, path: 'compose.yaml', target: '/opt/app', services: [], project }
    const config = {
      ...packer.config,
      components: [
        { type: 'file' as const, source: 'note', target: '/opt/note', chmod: '644', chown: 'root:root' },
        ...(project === '' ? [] : [{ ...compose, operation: 'build' as const }]),
      ],
    }
    const file = await buildDeb({ ...packer, config, version })
    await copyFile(file, join(folder, basename(file)))
  }
}, 600_000)

afterAll(async () => {
  await registry?.remove()
  await stopEngine()
  await packer?.close()
  await rm(folder, { recursive: true, force: true })
})

/** As process 1 of a system of its own, not in a chroot: the maintainer scripts leave Docker alone in one. */
const ENTER = `
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" none "$2/root"
cd "$2/root"
mount --bind "$3" mnt; mount --rbind /dev dev; mount -t proc proc proc; mount -t tmpfs none run
mkdir -p run/systemd/system; touch run/docker.sock
if [ -n "$4" ]; then mount --bind "$4" run/docker.sock; fi
mount -t tmpfs none media
pivot_root . media
umount --lazy /media
cd /; exec /bin/bash -ec "$5"`

for (const suite of ['bookworm', 'trixie'] as const) {
  describe(suite, () => {
    let root: string
    let layer: string

    beforeAll(async () => {
      root = await rootOf(suite)
      layer = await mkdtemp(join(TEST_CACHE, 'test', '.layer-'))
      for (const name of ['upper', 'work', 'root']) await mkdir(join(layer, name))
      await docker('pull', '--quiet', `${registry.host}/tool:1`)
      // As if it had come with the root file system.
      await docker('import', '-c', 'CMD ["/busybox", "sleep", "10000"]', join(folder, 'image.tar'), 'demo-built:latest')
      await docker('tag', 'demo-built:latest', 'other-built:latest')
    }, 600_000)
    afterAll(async () => {
      for (const id of (await docker('ps', '-aq')).split('\n').filter(Boolean)) await docker('rm', '-f', id)
      for (const id of (await docker('image', 'ls', '-q')).split('\n').filter(Boolean))
        await docker('image', 'rm', '-f', id).catch(() => '')
      for (const name of (await docker('volume', 'ls', '-q')).split('\n').filter(Boolean))
        await docker('volume', 'rm', name)
      await rm(layer, { recursive: true, force: true })
    })

    async function inside(
      script: string,
      socket = (engine.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', ''),
    ): Promise<string> {
      const clean = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
      const quiet = $({ quiet: true, env: clean, stdio: ['ignore', 'pipe', 'pipe'] })
      const words = ['--mount', '--pid', '--fork', 'bash', '-ec', ENTER, 'enter', root, layer, folder, socket, script]
      return (await quiet`unshare ${words}`).stdall
    }
    const install = (version: string): Promise<string> => inside(`dpkg -i /mnt/sample_${version}_all.deb 2>&1`)
    const status = (): Promise<string> => inside(`dpkg-query -W -f '\${Status} \${Version}' sample; dpkg --audit`)
    /** `project/service image state` of every container, by service. */
    const containers = async (): Promise<string[]> => {
      const label = (name: string): string => `{{.Label "com.docker.compose.${name}"}}`
      const lines = await docker(
        'ps',
        '--all',
        '--format',
        `${label('project')}/${label('service')} {{.Image}} {{.State}}`,
      )
      return lines
        .split('\n')
        .filter(Boolean)
        .sort()
        .map(line => line.replace(`${registry.host}/`, ''))
    }
    const images = async (): Promise<string[]> => {
      const names = await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
      return names.replaceAll(`${registry.host}/`, '').split('\n').filter(Boolean).sort()
    }
    const ONE = ['demo/built demo-built:latest running', 'demo/tool tool:1 running', 'demo/web app:1 running']
    const TWO = ['demo/built demo-built:latest running', 'demo/tool tool:1 running', 'demo/web app:2 running']

    test('installing it pulls what is pulled and starts the containers', async () => {
      await install('1.0.0')
      expect(await status()).toBe('install ok installed 1.0.0')
      expect(await containers()).toEqual(ONE)
      const web = await docker('ps', '-q', '--filter', 'label=com.docker.compose.service=web')
      expect(await docker('exec', web, '/busybox', 'env')).toContain('GREETING=hello')
      await docker('exec', web, '/busybox', 'touch', '/data/kept')
    }, 300_000)

    test('a failing pull in an upgrade leaves the old containers running, and the package configured', async () => {
      const before = await docker('ps', '-q', '--no-trunc')
      await registry.stop()
      const said = await install('1.1.0')
      expect(said).toContain('the old containers are left running')
      expect(await docker('ps', '-q', '--no-trunc')).toBe(before)
      expect(await status()).toBe('install ok installed 1.1.0')
    }, 300_000)

    test('a boot without the registry starts the old containers', async () => {
      const before = await docker('ps', '-q', '--no-trunc')
      await inside('/usr/lib/sample/compose-demo stop')
      expect(await docker('ps', '-q')).toBe('')
      expect(await inside('/usr/lib/sample/compose-demo up')).toContain('the containers that exist are started instead')
      expect((await docker('ps', '-q', '--no-trunc')).split('\n').sort()).toEqual(before.split('\n').sort())
    }, 300_000)

    test('a good upgrade replaces them, and the volume stays', async () => {
      await registry.start()
      const before = await docker('ps', '-q', '--no-trunc')
      await install('1.1.0')
      expect(await containers()).toEqual(TWO)
      for (const id of (await docker('ps', '-q', '--no-trunc')).split('\n')) expect(before).not.toContain(id)
      const web = await docker('ps', '-q', '--filter', 'label=com.docker.compose.service=web')
      expect(await docker('exec', web, '/busybox', 'ls', '/data')).toBe('kept')
    }, 300_000)

    test('a boot asks no registry for what is here', async () => {
      await inside('/usr/lib/sample/compose-demo stop')
      await registry.stop()
      await inside('/usr/lib/sample/compose-demo up')
      expect(await containers()).toEqual(TWO)
      await registry.start()
    }, 300_000)

    test('a downgrade is an upgrade to an older version', async () => {
      await install('1.0.0')
      expect(await containers()).toEqual(ONE)
    }, 300_000)

    test('a project that an upgrade renames is taken down', async () => {
      await install('2.0.0')
      expect(await containers()).toEqual(TWO.map(line => line.replaceAll('demo', 'other')))
      expect(await inside('ls /etc/systemd/system/multi-user.target.wants')).not.toContain('sample-demo.service')
    }, 300_000)

    test('one that an upgrade drops is, too', async () => {
      await install('3.0.0')
      expect(await containers()).toEqual([])
      expect(await inside('find / -xdev -name "sample-*.service*"')).toBe('')
    }, 300_000)

    test('removing it removes the containers, and nothing else', async () => {
      await install('1.1.0')
      expect(await containers()).toEqual(TWO)
      await inside('dpkg --remove sample; dpkg --remove sample')
      expect(await containers()).toEqual([])
      expect(await images()).toEqual(['app:1', 'app:2', 'demo-built:latest', 'other-built:latest', 'tool:1'])
      expect(await docker('volume', 'ls', '-q')).toContain('demo_data')
    }, 300_000)

    test('purging it removes its own images, unless somebody uses them; the volume stays', async () => {
      const other = await docker('create', `${registry.host}/app:1`)
      await inside('dpkg --purge sample; dpkg --purge sample')
      expect(await images()).toEqual(['app:1', 'demo-built:latest', 'other-built:latest', 'tool:1'])
      expect(await docker('volume', 'ls', '-q')).toContain('demo_data')
      expect(await docker('network', 'ls', '-q', '--filter', 'label=com.docker.compose.project')).toBe('')
      expect(await inside('ls -d /var/lib/sample /usr/lib/sample 2>/dev/null || dpkg --audit')).toBe('')
      await docker('rm', '-f', other)
    }, 300_000)

    test('a Docker that does not answer stops nothing', async () => {
      for (const words of [
        '-i /mnt/sample_1.0.0_all.deb',
        '-i /mnt/sample_1.1.0_all.deb',
        '--remove sample',
        '--purge sample',
      ])
        await inside(`dpkg ${words}`, '')
      expect(await inside('dpkg --audit; ls -d /var/lib/sample 2>/dev/null || true')).toBe('')
    }, 300_000)

    test('the images of a root file system it was built into are its own', async () => {
      // No systemd there, as in a build.
      await inside('rmdir /run/systemd/system; dpkg -i /mnt/sample_1.0.0_all.deb')
      expect(await containers()).toEqual([])
      await inside('/usr/lib/sample/compose-demo up')
      expect(await containers()).toEqual(ONE)
      await inside('dpkg --purge sample')
      expect(await containers()).toEqual([])
      expect(await images()).toEqual(['other-built:latest'])
    }, 300_000)

    test('in a chroot it asks nobody, even where the socket of the machine around it is', async () => {
      const chroot = 'mkdir /c; mount --rbind / /c; chroot /c'
      await inside(`${chroot} dpkg -i /mnt/sample_1.0.0_all.deb; ${chroot.split('; ').at(-1)} dpkg --purge sample`)
      expect(await containers()).toEqual([])
      expect(await images()).toEqual(['other-built:latest'])
    }, 300_000)
  })
}
