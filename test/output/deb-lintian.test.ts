/** Packages of configs that differ, as lintian sees them: no error, no warning, and no override but those that are meant. */
import { afterEach, describe, expect, test } from 'bun:test'
import { chmod, cp, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { buildDeb } from '../../scripts/output/deb.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { type Bench, bench } from './harness.ts'
import { fillSample } from './sample.ts'

const open: Bench[] = []
afterEach(async () => {
  for (const b of open.splice(0)) await b.close()
})

const UNIT = '[Unit]\nDescription=Greets\nDocumentation=man:true(1)\n\n[Service]\nExecStart=/usr/bin/true\n'
const INSTALL = '\n[Install]\nWantedBy=multi-user.target\n'
const COMPOSE = `
services:
  web:
    build: ./app
    env_file: [web.env]
    configs: [site]
    secrets: [key]
    volumes: [./conf:/conf, data:/data, ./made-by-docker:/x]
  db:
    image: \${REGISTRY:-localhost:5000}/db:1
configs: {site: {file: ./site.conf}}
secrets: {key: {file: ./key.txt}}
volumes: {data: {}}
`

async function sourcesIn(folder: string): Promise<void> {
  const files: Record<string, string> = {
    'app.conf': 'greeting=hello\n',
    tool: '#!/bin/sh\necho tool\n',
    'tree/bin/run': '#!/bin/sh\necho run\n',
    'tree/data': 'data\n',
    'app.service': UNIT + INSTALL,
    'quiet.service': UNIT + INSTALL,
    'app.timer': '[Unit]\nDescription=Now and then\n\n[Timer]\nOnCalendar=daily\n\n[Install]\nWantedBy=timers.target\n',
    'main.c': 'int main(void) { return 0; }\n',
    'compose.yaml': COMPOSE,
    '.env': 'TOKEN=x\n',
    'web.env': 'A=1\n',
    'site.conf': 'x\n',
    'key.txt': 'x\n',
    'conf/a': 'a\n',
    'conf/hook': '#!/bin/sh\n',
    'app/Dockerfile': 'FROM scratch\n',
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  for (const path of ['tool', 'tree/bin/run', 'conf/hook']) await chmod(join(folder, path), 0o755)
  await symlink('bin/run', join(folder, 'tree/start'))
}

async function packed(part: Record<string, unknown>): Promise<Bench> {
  const b = await bench({
    package: { maintainer: 'Ada Lovelace <ada@rootsmith.dev>', description: 'greets whoever boots the image' },
    ...part,
  })
  open.push(b)
  await fillSample(b)
  await sourcesIn(b.configDir)
  return b
}

const file = (source: string, target: string, more = {}): object => ({ type: 'file', source, target, ...more })
const compose = (more = {}): object => {
  return { type: 'docker-compose', path: 'compose.yaml', target: '/opt/app', operation: 'build', ...more }
}
const DESCRIPTION = `greeter for devices
It greets whoever boots the image, and goes on to say more about it than
fits into one line.

A second paragraph follows the first.`

/** The config, and the overrides that its package has. */
const CONFIGS: [title: string, part: Record<string, unknown>, overrides: string[]][] = [
  [
    'a file under /etc and one under /usr',
    { components: [file('app.conf', '/etc/app.conf'), file('tree/data', '/usr/share/app/data')] },
    [],
  ],
  [
    'a directory with programs and links under /opt, and a file under /usr/local',
    {
      components: [
        { type: 'directory', source: 'tree', target: '/opt/app' },
        file('app.conf', '/usr/local/share/app.conf'),
      ],
    },
    ['dir-or-file-in-opt', 'file-in-usr-local', 'dir-in-usr-local', 'file-in-unusual-dir [usr/local/*]'],
  ],
  [
    'a program of one architecture',
    { arch: 'amd64', depends: ['libc6'], components: [file('elf', '/opt/elf', { chmod: '755' })] },
    ['dir-or-file-in-opt'],
  ],
  [
    'units: enabled, not enabled, and a timer',
    {
      components: [
        { type: 'systemd', service: 'app.service', enable: false },
        { type: 'systemd', service: 'quiet.service' },
        { type: 'systemd', service: 'app.timer' },
      ],
    },
    [],
  ],
  [
    'a compose project with all its parts',
    { components: [compose()] },
    ['dir-or-file-in-opt', 'non-standard-file-perm * [opt/app/.env]', 'non-standard-file-perm * [opt/app/web.env]'],
  ],
  [
    'a compose project under /etc, a long description and an epoch',
    {
      components: [compose({ target: '/etc/app', project: 'greeter' })],
      package: { name: 'libgreet+x', maintainer: 'Ada Lovelace <ada@rootsmith.dev>', description: DESCRIPTION },
    },
    ['non-standard-file-perm * [etc/app/.env]', 'non-standard-file-perm * [etc/app/web.env]'],
  ],
  [
    'files of a user, with modes of their own',
    {
      components: [
        file('app.conf', '/etc/app.conf', { chmod: '640', chown: 'root:video' }),
        file('tool', '/usr/local/bin/tool', { chmod: '4755', chown: 'pi' }),
        { type: 'directory', source: 'tree', target: '/var/lib/app', chmod: '700', chown: 'pi:pi' },
      ],
    },
    [
      'file-in-usr-local',
      'dir-in-usr-local',
      'file-in-unusual-dir [usr/local/*]',
      'non-standard-file-perm * [etc/app.conf]',
      'wrong-file-owner-uid-or-gid * [usr/local/bin/tool]',
      'elevated-privileges * [usr/local/bin/tool]',
      'wrong-file-owner-uid-or-gid * [var/lib/app/]',
      'non-standard-dir-perm * [var/lib/app/]',
      'wrong-file-owner-uid-or-gid * [var/lib/app/bin/]',
      'non-standard-dir-perm * [var/lib/app/bin/]',
      'wrong-file-owner-uid-or-gid * [var/lib/app/bin/run]',
      'executable-is-not-world-readable * [var/lib/app/bin/run]',
      'non-standard-executable-perm * [var/lib/app/bin/run]',
      'wrong-file-owner-uid-or-gid * [var/lib/app/data]',
      'non-standard-file-perm * [var/lib/app/data]',
      'wrong-file-owner-uid-or-gid * [var/lib/app/start]',
    ],
  ],
]

describe('lintian finds nothing in', () => {
  test.each(CONFIGS)(
    '%s',
    async (_, part, overrides) => {
      const b = await packed(part)
      Bun.spawnSync(['gcc', '-O2', '-s', '-o', join(b.configDir, 'elf'), join(b.configDir, 'main.c')])
      const deb = await buildDeb(b)
      const words = ['-EvIL', '+pedantic', '--show-overrides', '--allow-root', '--no-tag-display-limit', deb]
      const { stdout } = Bun.spawnSync(['lintian', ...words])
      const lines = stdout.toString().split('\n')
      expect(lines.filter(line => /^[EW]:/.test(line))).toEqual([])
      const name = b.config.package.name ?? 'sample'
      const { stdout: own } =
        await b.tools`dpkg-deb --fsys-tarfile /work/${basename(deb)} | tar -xO ./usr/share/lintian/overrides/${name} || true`
      expect(own.split('\n').filter(Boolean)).toEqual(overrides.map(tag => `${name}: ${tag}`))
    },
    60_000,
  )
})

test('shellcheck finds nothing in what is made for a compose project', async () => {
  const b = await packed({ components: [compose(), { type: 'systemd', service: 'app.service' }] })
  const file = basename(await buildDeb(b))
  await b.tools`cd /work && dpkg-deb --raw-extract ${file} raw`
  const scripts = ['DEBIAN/postinst', 'DEBIAN/prerm', 'DEBIAN/postrm', 'usr/lib/sample/compose-app']
  const { stdout } = Bun.spawnSync(['shellcheck', ...scripts.map(path => join(b.work, 'raw', path))])
  expect(stdout.toString()).toBe('')
})

test('a copy of the sources, made at another time and with another umask, gives the same bytes', async () => {
  const components = [compose(), { type: 'directory', source: 'tree', target: '/opt/tree' }]
  const [one, two] = [await packed({ components }), await packed({ components })]
  await cp(one.configDir, two.configDir, { recursive: true, force: true, verbatimSymlinks: true })
  for (const path of ['.env', 'site.conf', 'conf/a', 'compose.yaml', 'tree/data']) {
    await chmod(join(two.configDir, path), 0o600)
    await utimes(join(two.configDir, path), 1e9, 1e9)
  }
  for (const path of ['conf/hook', 'tree/bin', 'conf', 'conf/..']) await chmod(join(two.configDir, path), 0o700)
  expect(await sha256File(await buildDeb(two))).toBe(await sha256File(await buildDeb(one)))
})
