/**
 * The package, installed for real: with apt in a bookworm and a trixie root, upgraded, removed and purged.
 * Needs root (or a sandbox where we are root) and mmdebstrap; the roots are made once and kept in the cache.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { $ } from 'zx'
import { buildDeb } from '../../scripts/output/deb.ts'
import { type Bench, bench } from '../output/harness.ts'
import { DebRoot, rootOf } from './deb-root.ts'

const run = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })

const UNIT =
  '[Unit]\nDescription=Greets\n\n[Service]\nExecStart=/opt/app/run.sh\n\n[Install]\nWantedBy=multi-user.target\n'
const COMPONENTS = [
  { type: 'file', source: 'app.conf', target: '/etc/app/app.conf' },
  { type: 'file', source: 'run.sh', target: '/opt/app/run.sh', chmod: '4750', chown: 'pi:pi' },
  { type: 'systemd', service: 'app.service' },
  { type: 'systemd', service: 'quiet.service', enable: false },
]

let folder: string
let packer: Bench

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rootsmith-deb-'))
  const parts = {
    components: COMPONENTS,
    depends: ['adduser'],
    package: { maintainer: 'Rootsmith <rootsmith@example.org>' },
  }
  packer = await bench(parts, undefined, await rootOf('trixie'))
  await mkdir(join(packer.rootfs, 'etc'))
  // On the build side pi has another number than in the roots: the name must decide.
  await writeFile(join(packer.rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/sh\n')
  await writeFile(join(packer.rootfs, 'etc/group'), 'root:x:0:\npi:x:1000:\n')
  await writeFile(join(packer.configDir, 'run.sh'), '#!/bin/sh\necho hello\n')
  for (const unit of ['app.service', 'quiet.service', 'extra.service'])
    await writeFile(join(packer.configDir, unit), UNIT)
  for (const version of ['1.0.0', '1.1.0']) {
    await writeFile(join(packer.configDir, 'app.conf'), `version=${version}\n`)
    const extra = { type: 'systemd' as const, service: 'extra.service', enable: true }
    const config = {
      ...packer.config,
      components: [...packer.config.components, ...(version === '1.1.0' ? [extra] : [])],
    }
    const file = await buildDeb({ ...packer, config, version })
    await copyFile(file, join(folder, basename(file)))
  }
}, 600_000)

afterAll(async () => {
  await packer.close()
  await rm(folder, { recursive: true, force: true })
})

for (const suite of ['bookworm', 'trixie']) {
  describe(suite, () => {
    let root: DebRoot
    beforeAll(async () => {
      root = await DebRoot.make(suite, folder)
    }, 600_000)
    afterAll(() => root.remove())
    const inside = (script: string): Promise<string> => root.inside(script)
    const install = (version: string) =>
      inside(`apt-get install -y --allow-downgrades -o Dpkg::Options::=--force-confold /mnt/sample_${version}_all.deb`)
    const WANTS = '/etc/systemd/system/multi-user.target.wants'
    /** The root's own service aside. */
    const enabled = `ls ${WANTS} | grep -vx e2scrub_reap.service || true`

    test('it is installed by apt, configured and whole', async () => {
      await install('1.0.0')
      expect(await inside(`dpkg-query -W -f '\${Status} \${Version}' sample; dpkg -V sample; dpkg --audit`)).toBe(
        'install ok installed 1.0.0',
      )
      expect(await inside('stat -c "%A %U %u" /opt/app/run.sh')).toBe('-rwsr-x--- pi 1234\n')
      expect(await inside(`${enabled}`)).toBe('app.service\n')
      expect(await inside(`readlink ${WANTS}/app.service`)).toMatch(/^(\/usr)?\/lib\/systemd\/system\/app.service\n$/)
    }, 120_000)

    test('installing it again changes nothing', async () => {
      await inside(`apt-get install -y --reinstall /mnt/sample_1.0.0_all.deb`)
      expect(await inside(`(${enabled}); dpkg -V sample`)).toBe('app.service\n')
    }, 120_000)

    test('an upgrade keeps what the administrator changed: a conffile, a disabled service', async () => {
      await inside(`echo mine=1 >> /etc/app/app.conf; rm ${WANTS}/app.service`)
      await install('1.1.0')
      expect(await inside('cat /etc/app/app.conf')).toBe('version=1.0.0\nmine=1\n')
      expect(await inside(`${enabled}`)).toBe('extra.service\n')
      expect(await inside(`dpkg-query -W -f '\${Status} \${Version}' sample`)).toBe('install ok installed 1.1.0')
    }, 120_000)

    test('removing it leaves its conffile, and can be done twice', async () => {
      await inside('apt-get remove -y sample; apt-get remove -y sample')
      expect(
        await inside('ls /etc/app; ls -d /opt/app /usr/lib/systemd/system/app.service 2>/dev/null || true'),
      ).toContain('app.conf')
      expect(await inside('ls -d /opt/app 2>/dev/null || true')).toBe('')
    }, 120_000)

    test('after removal it can be installed again, and a service stays disabled', async () => {
      await install('1.1.0')
      expect(await inside(`${enabled}`)).toBe('extra.service\n')
    }, 120_000)

    test('purging it leaves nothing, and can be done twice', async () => {
      await inside('apt-get purge -y sample; dpkg --purge sample')
      const units = ['app', 'extra', 'quiet'].map(name => `-name '${name}.service*' -o`).join(' ')
      // dpkg removes /opt itself, too, as nobody else owns it.
      const left = `mkdir -p /opt; find /etc /opt /usr /var/lib/systemd ${units} -path '/etc/app*' -o -path '/opt/*'`
      expect(await inside(left)).toBe('')
      expect(await inside('dpkg-query -W sample 2>&1 || true')).toContain('no packages found')
    }, 120_000)

    test('a broken installation is put right by the next one', async () => {
      await inside('dpkg --unpack /mnt/sample_1.0.0_all.deb; dpkg --configure sample; dpkg --configure -a')
      await inside('dpkg --force-all --remove --force-remove-reinstreq sample; dpkg --unpack /mnt/sample_1.0.0_all.deb')
      await install('1.1.0')
      expect(await inside('dpkg --audit; dpkg -V sample')).toBe('')
      await inside('apt-get purge -y sample')
    }, 120_000)
  })
}

const lintian = Bun.which('lintian')
test.skipIf(!lintian)(
  'a package of units alone has no error and no warning of lintian',
  async () => {
    const config = { ...packer.config, components: packer.config.components.filter(part => part.type === 'systemd') }
    const file = await buildDeb({ ...packer, config, version: '1.0.0' })
    const { stdout } = await run`lintian -EIL +pedantic --allow-root --no-tag-display-limit ${file}`.nothrow()
    expect(stdout.split('\n').filter(line => /^[EW]:/.test(line))).toEqual([])
  },
  60_000,
)
