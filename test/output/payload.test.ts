import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Payload, payloadOf } from '../../scripts/output/payload.ts'
import { configOf } from './harness.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rootsmith-payload-'))
  const write = async (path: string, content: string, mode = 0o640): Promise<void> => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
    await chmod(join(folder, path), mode)
  }
  await write('app.conf', 'x')
  await write('tree/run.sh', '#!/bin/sh', 0o700)
  await write('tree/sub/data', 'x', 0o666)
  await write('elf', '\x7fELF\x02')
  await symlink('run.sh', join(folder, 'tree/start'))
  await write('a.service', '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n')
  await write('static.service', '[Service]\nExecStart=/bin/true\n')
  await write('many@.service', '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n')
})
afterAll(() => rm(folder, { recursive: true }))

const payload = (...components: object[]): Payload => payloadOf(configOf({ components }), folder)
const modes = ({ items }: Payload): string[] => items.map(({ target, mode }) => `${mode.toString(8)} ${target}`)

test('a file gets the mode that is asked for, symbolic ones from its own', () => {
  expect(modes(payload({ type: 'file', source: 'app.conf', target: '/etc/app.conf' }))).toEqual(['644 etc/app.conf'])
  expect(modes(payload({ type: 'file', source: 'app.conf', target: '/etc/a', chmod: 'u+x' }))).toEqual(['740 etc/a'])
})

test('files of a folder get mode & 0666 | (source & 0111), folders the mode itself, links stay links', () => {
  const found = payload({ type: 'directory', source: 'tree', target: '/opt/app', chmod: '750' })
  expect(modes(found)).toEqual([
    '750 opt/app',
    '740 opt/app/run.sh',
    '777 opt/app/start',
    '750 opt/app/sub',
    '640 opt/app/sub/data',
  ])
  expect(found.items.find(({ kind }) => kind === 'link')?.link).toBe('run.sh')
})

test('units land in /usr/lib/systemd/system, enabled where their [Install] section says so', () => {
  const systemd = (service: string, enable = true) => ({ type: 'systemd', service, enable })
  const found = payload(systemd('a.service'), systemd('static.service'), systemd('many@.service'))
  expect(found.items.map(({ target }) => target)).toContain('usr/lib/systemd/system/a.service')
  expect(found.units.map(({ enable }) => enable)).toEqual([true, false, false])
  expect(payload(systemd('a.service', false)).units[0]?.enable).toBe(false)
})

test('old names of merged folders lead into /usr', () => {
  expect(payload({ type: 'file', source: 'app.conf', target: '/lib/app' }).items[0]?.target).toBe('usr/lib/app')
  expect(payload({ type: 'file', source: 'app.conf', target: '/library' }).items[0]?.target).toBe('library')
})

test('only a program makes the package one of an architecture', () => {
  expect(payload({ type: 'directory', source: 'tree', target: '/opt/app' }).architecture).toBe('all')
  expect(payload({ type: 'file', source: 'elf', target: '/usr/bin/elf' }).architecture).toBe('arm64')
})

test('missing sources, wrong kinds and two sources for a target are refused', () => {
  const file = { type: 'file', source: 'app.conf', target: '/etc/a' }
  expect(() => payload({ ...file, source: 'nowhere' })).toThrow('nowhere does not exist')
  expect(() => payload({ ...file, source: 'tree' })).toThrow('tree is not a file')
  expect(() => payload({ ...file, type: 'directory' })).toThrow('app.conf is not a folder')
  expect(() => payload(file, { ...file, source: 'elf' })).toThrow('/etc/a has two sources')
  expect(() => payload({ type: 'systemd', service: 'app.conf' })).toThrow('app.conf is not the name of a systemd unit')
})
