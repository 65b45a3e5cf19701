import { afterEach, describe, expect, test } from 'bun:test'
import { chmod, mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserError } from '../../scripts/lib/errors.ts'
import { buildDeb, deb } from '../../scripts/output/deb.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { type Bench, bench, configOf } from './harness.ts'
import { fillSample } from './sample.ts'

const COMPONENTS = [
  { type: 'file', source: 'app.conf', target: '/etc/app/app.conf', chmod: '640', chown: 'root:video' },
  { type: 'file', source: 'tool', target: '/usr/local/bin/tool', chmod: '4755', chown: 'pi' },
  { type: 'directory', source: 'tree', target: '/opt/app' },
  { type: 'systemd', service: 'app.service' },
  { type: 'systemd', service: 'quiet.service', enable: false },
]
const PACKAGE = { maintainer: 'Ada Lovelace <ada@rootsmith.dev>', description: 'greets whoever boots the image' }

const open: Bench[] = []
afterEach(async () => {
  for (const b of open.splice(0)) await b.close()
})

async function packageBench(part: Record<string, unknown> = {}): Promise<Bench> {
  const b = await bench({ package: PACKAGE, depends: ['adduser'], components: COMPONENTS, ...part })
  open.push(b)
  await fillSample(b)
  const at = (path: string): string => join(b.configDir, path)
  await mkdir(at('tree/sub'), { recursive: true })
  await writeFile(at('app.conf'), 'greeting=hello\n')
  await writeFile(at('tool'), '#!/bin/sh\necho tool\n')
  await writeFile(at('tree/run.sh'), '#!/bin/sh\necho run\n')
  await chmod(at('tree/run.sh'), 0o700)
  await writeFile(at('tree/sub/data'), 'data\n')
  const unit = (words: string): string =>
    `[Unit]\nDescription=${words}\nDocumentation=man:true(1)\n\n[Service]\nExecStart=/opt/app/run.sh\n`
  const install = '\n[Install]\nWantedBy=multi-user.target\n'
  await writeFile(at('app.service'), unit('Greets') + install)
  await writeFile(at('quiet.service'), unit('Waits') + install)
  return b
}

test('a name or version that Debian does not allow is refused with the key to set', async () => {
  const b = await bench()
  open.push(b)
  const short = buildDeb({ ...b, config: configOf({ name: 'x' }), version: '1' })
  await expect(short).rejects.toThrow('x is not a Debian package name')
  const odd = await buildDeb({ ...b, config: configOf(), version: '2026_1' }).catch(cause => cause)
  expect(odd).toBeInstanceOf(UserError)
  expect(odd.hint).toContain('package.version')
})

describe('with tools', () => {
  test('the output is the one file that it names', async () => {
    const b = await packageBench()
    b.config.components = b.config.components.map(component => {
      if (component.type === 'systemd') return { ...component, service: join(b.configDir, component.service) }
      if (component.type === 'docker-compose') return { ...component, path: join(b.configDir, component.path) }
      return { ...component, source: join(b.configDir, component.source) }
    })
    await deb.make(b)
    expect(await readdir(b.out)).toEqual(['sample_1.2.0_all.deb'])
    expect(deb.files(b.config, b)).toEqual(['sample_1.2.0_all.deb'])
  })

  test('owners are those of the rootfs, by name; modes as asked', async () => {
    const b = await packageBench()
    const file = basename(await buildDeb(b))
    const { stdout } = await b.tools`dpkg-deb --contents /work/${file}`
    expect(stdout).toMatch(/-rw-r----- root\/video .* \.\/etc\/app\/app\.conf\n/)
    expect(stdout).toMatch(/-rwsr-xr-x pi\/pi .* \.\/usr\/local\/bin\/tool\n/)
    expect(stdout).toMatch(/-rwxr--r-- root\/root .* \.\/opt\/app\/run\.sh\n/)
    expect(stdout).not.toMatch(/(?<!2023-11-14 22:13) \.\//)
  })

  test('an owner that the rootfs lacks is refused', async () => {
    const b = await packageBench({
      components: [{ type: 'file', source: 'tool', target: '/usr/bin/x', chown: 'nobody-here' }],
    })
    await expect(buildDeb(b)).rejects.toThrow('the rootfs has no user nobody-here')
  })

  test('control data say what is in it', async () => {
    const b = await packageBench()
    const file = basename(await buildDeb(b))
    const { stdout } = await b.tools`dpkg-deb --ctrl-tarfile /work/${file} | tar -xO ./control ./conffiles ./md5sums`
    expect(stdout).toContain('Package: sample\nVersion: 1.2.0\nArchitecture: all\n')
    expect(stdout).toContain('Depends: adduser\n')
    expect(stdout).toMatch(/^\/etc\/app\/app\.conf$/m)
    expect(stdout).toMatch(/^[0-9a-f]{32} {2}opt\/app\/run\.sh$/m)
    expect(stdout).not.toMatch(/^[0-9a-f]{32} {2}etc/m)
  })

  test('the same sources give the same bytes, whenever they were written', async () => {
    const [one, two] = [await packageBench(), await packageBench()]
    for (const path of ['app.conf', 'tree', 'tree/sub/data']) await utimes(join(two.configDir, path), 1e9, 1e9)
    // An epoch that no time is newer than: dpkg-deb itself would leave all of them as they are.
    for (const b of [one, two]) b.sourceDateEpoch = 4_000_000_000
    const first = await sha256File(await buildDeb(one))
    await Bun.sleep(1100)
    expect(await sha256File(await buildDeb(two))).toBe(first)
  })

  test('lintian finds no error and no warning', async () => {
    // The modes and owners that the sample asks for are what lintian is there to find.
    const usual = { chmod: '755', chown: 'root:root' }
    const components = COMPONENTS.map(part => ({ ...part, ...('target' in part && part.type === 'file' && usual) }))
    const b = await packageBench({ components: components.filter(({ target }) => !target?.startsWith('/etc')) })
    await chmod(join(b.configDir, 'tree/run.sh'), 0o755)
    const words = ['-EIL', '+pedantic', '--allow-root', '--no-tag-display-limit', await buildDeb(b)]
    const { stdout } = Bun.spawnSync(['lintian', ...words])
    expect(
      stdout
        .toString()
        .split('\n')
        .filter(line => /^[EW]:/.test(line)),
    ).toEqual([])
  }, 60_000)
})
