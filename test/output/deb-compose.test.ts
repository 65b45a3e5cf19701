import { expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import type { ComposeComponent } from '../../scripts/compose/read.ts'
import { type Packed, packCompose } from '../../scripts/output/deb-compose.ts'
import { type Files, inFolder } from '../config/folder.ts'

const packed = (files: Files, more: Partial<ComposeComponent> = {}, name = 'sample'): Promise<Packed> =>
  inFolder(files, folder => {
    const component = { type: 'docker-compose' as const, target: '/opt/app', operation: 'build' as const, services: [] }
    if ('conf/hook' in files) chmodSync(`${folder}/conf/hook`, 0o700)
    return packCompose({ ...component, path: `${folder}/c.yaml`, ...more }, name)
  })
const contentOf = ({ items }: Packed, target: string): string =>
  String(items.find(item => item.target === target)?.content ?? 'not there')

const COMPOSE =
  'version: "3.7"\nservices:\n  web: {build: ./app, volumes: ["./conf:/c"]}\n  job: {image: "own:1", build: app}\n  db: {image: db}\n'
const FILES = { 'c.yaml': COMPOSE, '.env': 'A=secret', 'app/Dockerfile': '', 'conf/hook': '', 'conf/x': '' }

test('the compose file, what it names, a script, its override and a unit are packed; build contexts are not', async () => {
  const { items } = await packed(FILES)
  expect(items.map(({ target, mode }) => `${mode.toString(8)} ${target}`).sort()).toEqual([
    '600 opt/app/.env',
    '644 opt/app/c.yaml',
    '644 opt/app/conf/x',
    '644 usr/lib/sample/compose-app.yaml',
    '644 usr/lib/systemd/system/sample-app.service',
    '755 opt/app/conf',
    '755 opt/app/conf/hook',
    '755 usr/lib/sample/compose-app',
  ])
})

test('the override names what has no name, has a context that exists, and the version that 1.29 wants in all files', async () => {
  const text = contentOf(await packed(FILES), 'usr/lib/sample/compose-app.yaml')
  expect(Bun.YAML.parse(text)).toEqual({
    version: '3.7',
    services: {
      web: { image: 'app-web:latest', build: { context: '/usr/lib/sample' } },
      job: { build: { context: '/usr/lib/sample' } },
    },
  })
})

test('where nothing is built there is no override', async () => {
  const found = await packed({ 'c.yaml': 'services: {db: {image: db}}' })
  expect(found.items.map(({ target }) => target)).not.toContain('usr/lib/sample/compose-app.yaml')
  expect(contentOf(found, 'usr/lib/sample/compose-app')).not.toContain('compose-app.yaml')
})

test('no value of .env is in what is made', async () => {
  for (const { content } of (await packed(FILES)).items) expect(String(content ?? '')).not.toContain('secret')
})

test('a path with a space and a quote is one word of the script', async () => {
  const found = await packed(FILES, { target: "/opt/it's here", project: 'p' })
  expect(contentOf(found, 'usr/lib/sample/compose-p')).toContain(`folder='/opt/it'\\''s here'`)
})

test('the unit starts after Docker, and its name has only letters that systemd takes', async () => {
  const found = await packed(FILES, { project: 'p' }, 'c++')
  expect(found.unit.name).toBe('c---p.service')
  const unit = contentOf(found, 'usr/lib/systemd/system/c---p.service')
  for (const line of ['Requires=docker.service', 'After=docker.service', 'Type=oneshot', 'RemainAfterExit=yes'])
    expect(unit).toContain(`${line}\n`)
  expect(unit).toContain('ExecStart=/usr/lib/c++/compose-p up\n')
})
