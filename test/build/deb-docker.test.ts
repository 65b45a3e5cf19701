/**
 * A compose project's package on a system whose Docker runs: real containers of a real dockerd, images from a real registry,
 * Compose 1.29 of bookworm and 2.26 of trixie. Needs root, docker.io, docker-registry and a static busybox.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ComposeSample } from './compose-sample.ts'
import { DebRoot } from './deb-root.ts'

/** What brings Docker's CLI and Compose. */
const SUITES = { bookworm: ['docker.io', 'docker-compose'], trixie: ['docker-cli', 'docker-compose'] }

/** deb-systemd-helper listens to nobody else. */
const AS_DPKG = 'DPKG_MAINTSCRIPT_PACKAGE=sample'

let sample: ComposeSample
beforeAll(async () => {
  sample = await ComposeSample.make()
}, 600_000)
afterAll(() => sample?.close())

for (const [suite, packages] of Object.entries(SUITES)) {
  describe(suite, () => {
    let root: DebRoot

    const docker = (...words: string[]): Promise<string> => sample.docker(...words)
    const inside = (script: string, socket = sample.socket): Promise<string> => root.running(script, socket)
    const install = (version: string): Promise<string> => inside(`dpkg -i /mnt/sample_${version}_all.deb 2>&1`)
    const status = (): Promise<string> => inside(`dpkg-query -W -f '\${Status} \${Version}' sample; dpkg --audit`)
    const web = async (...command: string[]): Promise<string> => {
      const [id = ''] = await sample.ids('--filter', 'label=com.docker.compose.service=web')
      return docker('exec', id, '/busybox', ...command)
    }

    beforeAll(async () => {
      root = await DebRoot.make(suite, sample.folder, packages, `deb-docker-${suite}`)
      await docker('pull', '--quiet', `${sample.registry.host}/tool:1`)
      // As if it had come with the root file system.
      await sample.import('demo-built:latest')
      await docker('tag', 'demo-built:latest', 'other-built:latest')
    }, 600_000)
    afterAll(async () => {
      await sample.clear()
      await root.remove()
    })

    const ONE = ['demo/built demo-built:latest running', 'demo/tool tool:1 running', 'demo/web app:1 running']
    const TWO = ['demo/built demo-built:latest running', 'demo/tool tool:1 running', 'demo/web app:2 running']

    test('installing it pulls what is pulled and starts the containers', async () => {
      await install('1.0.0')
      expect(await status()).toBe('install ok installed 1.0.0')
      expect(await sample.containers()).toEqual(ONE)
      expect(await web('env')).toContain('GREETING=hello')
      await web('touch', '/data/kept')
    }, 300_000)

    test('a failing pull in an upgrade leaves the old containers running, and the package configured', async () => {
      const before = await sample.ids()
      await sample.registry.stop()
      const said = await install('1.1.0')
      expect(said).toContain('the old containers are left running')
      expect(await sample.ids()).toEqual(before)
      expect(await status()).toBe('install ok installed 1.1.0')
    }, 300_000)

    test('a boot without the registry starts the old containers', async () => {
      const before = await sample.ids()
      await inside('/usr/lib/sample/compose-demo stop')
      expect(await sample.ids()).toEqual([])
      expect(await inside('/usr/lib/sample/compose-demo up')).toContain('the containers that exist are started instead')
      expect(await sample.ids()).toEqual(before)
    }, 300_000)

    test('a good upgrade replaces them, and the volume stays', async () => {
      await sample.registry.start()
      const before = await sample.ids()
      await install('1.1.0')
      expect(await sample.containers()).toEqual(TWO)
      for (const id of await sample.ids()) expect(before).not.toContain(id)
      expect(await web('ls', '/data')).toBe('kept')
    }, 300_000)

    test('a boot asks no registry for what is here', async () => {
      await inside('/usr/lib/sample/compose-demo stop')
      await sample.registry.stop()
      await inside('/usr/lib/sample/compose-demo up')
      expect(await sample.containers()).toEqual(TWO)
      await sample.registry.start()
    }, 300_000)

    test('an upgrade that cannot ask the registry leaves them alone, even if an image of that name is here', async () => {
      const before = await sample.ids()
      await sample.registry.stop()
      expect(await install('1.1.0')).toContain('not pulled')
      expect(await sample.ids()).toEqual(before)
      await sample.registry.start()
    }, 300_000)

    test('a removal that is broken off starts them again', async () => {
      await inside(`${AS_DPKG} /var/lib/dpkg/info/sample.prerm remove`)
      expect(await sample.containers()).toEqual([])
      await inside(`${AS_DPKG} /var/lib/dpkg/info/sample.postinst abort-remove`)
      expect(await sample.containers()).toEqual(TWO)
    }, 300_000)

    test('what the administrator disabled is not started by an upgrade', async () => {
      const wants = '/etc/systemd/system/multi-user.target.wants/sample-demo.service'
      await inside(`/usr/lib/sample/compose-demo down; mv ${wants} /disabled`)
      await install('1.1.0')
      expect(await sample.containers()).toEqual([])
      await inside(`mv /disabled ${wants}`)
    }, 300_000)

    test('nothing is started where policy-rc.d forbids it, or for another root', async () => {
      const policy = '/usr/sbin/policy-rc.d'
      await inside(`printf '#!/bin/sh\\nexit 101\\n' > ${policy}; chmod 755 ${policy}`)
      await install('1.1.0')
      await inside(
        `rm ${policy}; mkdir -p /other; DPKG_ROOT=/other ${AS_DPKG} /var/lib/dpkg/info/sample.postinst configure`,
      )
      expect(await sample.containers()).toEqual([])
      expect(await inside('cd /other; find . -type f')).toContain('./var/lib/sample/rootsmith/compose/demo/preloaded')
    }, 300_000)

    test('a downgrade is an upgrade to an older version', async () => {
      await install('1.0.0')
      expect(await sample.containers()).toEqual(ONE)
    }, 300_000)

    test('a project that an upgrade renames is taken down', async () => {
      await install('2.0.0')
      expect(await sample.containers()).toEqual(TWO.map(line => line.replaceAll('demo', 'other')))
      expect(await inside('ls /etc/systemd/system/multi-user.target.wants')).not.toContain('sample-demo.service')
    }, 300_000)

    test('one that an upgrade drops is, too', async () => {
      await install('3.0.0')
      expect(await sample.containers()).toEqual([])
      expect(await inside('find / -xdev -name "sample-*.service*"')).toBe('')
    }, 300_000)

    test('removing it removes the containers, and nothing else', async () => {
      await install('1.1.0')
      expect(await sample.containers()).toEqual(TWO)
      await inside('dpkg --remove sample; dpkg --remove sample')
      expect(await sample.containers()).toEqual([])
      expect(await sample.images()).toEqual(['app:1', 'app:2', 'demo-built:latest', 'other-built:latest', 'tool:1'])
      expect(await docker('volume', 'ls', '-q')).toContain('demo_data')
    }, 300_000)

    test('purging it removes its own images, unless somebody uses them; the volume stays', async () => {
      const other = await docker('create', `${sample.registry.host}/app:1`)
      await inside('dpkg --purge sample; dpkg --purge sample')
      expect(await sample.images()).toEqual(['app:1', 'demo-built:latest', 'other-built:latest', 'tool:1'])
      expect(await docker('volume', 'ls', '-q')).toContain('demo_data')
      expect(await docker('network', 'ls', '-q', '--filter', 'label=com.docker.compose.project=demo')).toBe('')
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
      expect(await sample.containers()).toEqual([])
      await inside('/usr/lib/sample/compose-demo up')
      expect(await sample.containers()).toEqual(ONE)
      await inside('dpkg --purge sample')
      expect(await sample.containers()).toEqual([])
      expect(await sample.images()).toEqual(['other-built:latest'])
    }, 300_000)

    test('in a chroot it asks nobody, even where the socket of the machine around it is', async () => {
      const chroot = [
        'mount -t tmpfs none /media; cd /media; mkdir u w c',
        'mount -t overlay -o lowerdir=/,upperdir=u,workdir=w none c',
        'for i in proc dev run mnt; do mount --rbind /$i c/$i; done',
        'chroot c dpkg -i /mnt/sample_1.0.0_all.deb; chroot c test -S /run/docker.sock -a -d /run/systemd/system',
      ]
      await inside(chroot.join('; '))
      expect(await sample.containers()).toEqual([])
    }, 300_000)
  })
}
