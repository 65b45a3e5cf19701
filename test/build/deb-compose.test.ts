/** A compose project's package where there is no Docker, as when a root file system is built: it comes and goes without a trace. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { $ } from 'zx'
import { buildDeb } from '../../scripts/output/deb.ts'
import { type Bench, bench } from '../output/harness.ts'
import { DebRoot } from './deb-root.ts'

const UNIT = '[Unit]\nDescription=Greets\n\n[Service]\nExecStart=/bin/true\n\n[Install]\nWantedBy=multi-user.target\n'
const COMPOSE = 'services:\n  web: {build: ./app, env_file: web.env, volumes: ["./conf:/conf"]}\n'
const compose = (target: string, project?: string): object => {
  return { type: 'docker-compose', path: 'compose.yaml', target, operation: 'build', services: [], project }
}
/** What the versions of the package hold; an upgrade drops a unit, renames a project, and drops all. */
const VERSIONS: Record<string, object[]> = {
  '1.0.0': [compose('/etc/app'), { type: 'systemd', service: 'old.service', enable: true }],
  '1.1.0': [compose('/etc/app', 'greeter'), { type: 'systemd', service: 'new.service', enable: true }],
  '2.0.0': [{ type: 'file', source: 'web.env', target: '/usr/share/web.env', chmod: '644', chown: 'root:root' }],
}

/** deb-systemd-helper listens to nobody else. */
const AS_DPKG = 'DPKG_MAINTSCRIPT_PACKAGE=sample'

let folder: string
let packer: Bench

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rootsmith-deb-'))
  packer = await bench()
  const files = { 'compose.yaml': COMPOSE, 'app/Dockerfile': '', '.env': 'A=1\n', 'web.env': 'B=1\n', 'conf/x': 'x\n' }
  for (const [path, content] of Object.entries({ ...files, 'old.service': UNIT, 'new.service': UNIT })) {
    await mkdir(join(packer.configDir, path, '..'), { recursive: true })
    await writeFile(join(packer.configDir, path), content)
  }
  for (const [version, components] of Object.entries(VERSIONS)) {
    const config = { ...packer.config, components: components as typeof packer.config.components }
    const file = await buildDeb({ ...packer, config, version })
    await copyFile(file, join(folder, basename(file)))
  }
  // A version whose preinst fails.
  const run = $({ quiet: true, cwd: folder })
  await run`dpkg-deb --raw-extract sample_1.1.0_all.deb raw`
  await writeFile(join(folder, 'raw/DEBIAN/preinst'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await run`dpkg-deb --root-owner-group --build raw broken.deb`
}, 600_000)

afterAll(async () => {
  await packer.close()
  await rm(folder, { recursive: true, force: true })
})

/** Everything in the root, but for what dpkg notes down about any package, and a folder that the helper makes and removes. */
const ALL = `find / -xdev \\( -path /proc -o -path /mnt -o -path /dev -o -path /var/log -o -path /var/lib/dpkg -o -path /tmp \\) -prune \
  -o -printf '%p %y %l %m\\n' | grep -v -e '^/opt d' -e 'deb-systemd-helper-masked d' | sort`
const LINKS =
  'cd /etc/systemd/system/multi-user.target.wants 2>/dev/null || exit 0; ls | grep -vx e2scrub_reap.service || true'

for (const suite of ['bookworm', 'trixie']) {
  describe(suite, () => {
    let root: DebRoot
    beforeAll(async () => {
      root = await DebRoot.make(suite, folder)
    }, 600_000)
    afterAll(() => root.remove())

    const install = (version: string): Promise<string> => root.inside(`dpkg -i /mnt/sample_${version}_all.deb`)
    const state = (): Promise<string> => root.inside(`dpkg-query -W -f '\${Status} \${Version}' sample; dpkg --audit`)

    test.each([1, 2])(
      'it is installed, upgraded, downgraded, removed and purged without a trace, time %d',
      async () => {
        const before = await root.inside(ALL)
        await install('1.0.0')
        expect(await state()).toBe('install ok installed 1.0.0')
        expect(await root.inside(LINKS)).toBe('old.service\nsample-app.service\n')
        expect(await root.inside('stat -c %a /etc/app/.env /etc/app/compose.yaml; dpkg -V sample')).toBe('600\n644\n')
        await install('1.0.0')
        expect(await state()).toBe('install ok installed 1.0.0')

        await install('1.1.0')
        expect(await state()).toBe('install ok installed 1.1.0')
        expect(await root.inside(LINKS)).toBe('new.service\nsample-greeter.service\n')
        await install('1.0.0')
        expect(await root.inside(LINKS)).toBe('old.service\nsample-app.service\n')
        await install('2.0.0')
        expect(await root.inside(LINKS)).toBe('')
        await install('1.1.0')

        await root.inside('dpkg --remove sample; dpkg --remove sample')
        expect(await root.inside('ls -A /etc/app; dpkg --audit')).toBe('.env\ncompose.yaml\nconf\nweb.env\n')
        await root.inside('dpkg --purge sample; dpkg --purge sample')
        expect(await root.inside(ALL)).toBe(before)
        expect(await root.inside('dpkg --audit; dpkg-query -W sample 2>&1 || true')).toContain('no packages found')
      },
      300_000,
    )

    test('an upgrade that is broken off leaves the old version whole, and an installation nothing', async () => {
      const before = await root.inside(ALL)
      await root.inside('! dpkg -i /mnt/broken.deb')
      await root.inside('dpkg --purge sample')
      expect(await root.inside(ALL)).toBe(before)
      await install('1.0.0')
      const whole = await root.inside(ALL)
      await root.inside('! dpkg -i /mnt/broken.deb')
      expect(await state()).toBe('install ok installed 1.0.0')
      expect(await root.inside(ALL)).toBe(whole)
    }, 300_000)

    test('every call that dpkg may make of its scripts succeeds, and can be made again', async () => {
      const calls = [
        'postinst abort-upgrade 2',
        'postinst abort-remove',
        'postinst abort-remove in-favour x 1',
        'postinst abort-deconfigure in-favour x 1 removing y 1',
        'prerm upgrade 2',
        'prerm deconfigure in-favour x 1',
        'prerm failed-upgrade 1 2',
        'postrm upgrade 2',
        'postrm failed-upgrade 1 2',
        'postrm abort-install',
        'postrm abort-upgrade 1 2',
        'postrm disappear x 1',
        'prerm remove',
        'postrm remove',
        'postinst configure 1.0.0',
      ]
      const whole = await root.inside(ALL)
      for (const call of calls)
        await root.inside(`export ${AS_DPKG}; for i in 1 2; do /var/lib/dpkg/info/sample.${call}; done`)
      expect(await root.inside(ALL)).toBe(whole)
      await root.inside(
        `export ${AS_DPKG}; for i in 1 2; do /var/lib/dpkg/info/sample.postrm purge; done; dpkg --purge sample`,
      )
      expect(await root.inside('dpkg --audit; ls -d /var/lib/sample /etc/app 2>/dev/null || true')).toBe('')
    }, 300_000)
  })
}
