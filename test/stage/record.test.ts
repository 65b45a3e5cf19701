import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { configSchema } from '../../scripts/config/schema.ts'
import { describeChange, firstChange } from '../../scripts/plan/trace.ts'
import { worldOf } from '../../scripts/plan/world.ts'
import { recorder } from '../../scripts/stage/record.ts'

const make = (more: Record<string, unknown> = {}) =>
  v.parse(configSchema, { name: 'x', target: 'generic', arch: 'amd64', from: { debian: {} }, ...more })
const names = (reads: { kind: string; name: string }[]): string[] =>
  reads.filter(({ kind }) => kind === 'config').map(({ name }) => name)
const settings = { rootfsEpoch: 1, emulate: false, version: '1.0' }

test('only what is looked at is noted', () => {
  const record = recorder(make(), '/c', new Set())
  void record.config.system.locale
  expect(names(record.reads())).toEqual(['system', 'system.locale'])
})

test('a list that is walked notes its length and its values', () => {
  const record = recorder(make({ packages: ['vim', 'git'] }), '/c', new Set())
  expect([...record.config.packages]).toEqual(['vim', 'git'])
  expect(names(record.reads())).toEqual(['packages', 'packages.*', 'packages.0', 'packages.1'])
})

test('a key that is not set is noted, so that setting it is a change', () => {
  const record = recorder(make(), '/c', new Set())
  expect(record.config.cloud_init).toBeUndefined()
  const change = firstChange(record.reads(), worldOf(make({ cloud_init: { user_data: 'u' } }), '/c', settings))
  expect(change?.read.name).toBe('cloud_init')
})

test('what was noted holds in the same config, and in one that differs elsewhere', () => {
  const record = recorder(make(), '/c', new Set())
  void record.config.system.locale
  expect(firstChange(record.reads(), worldOf(make(), '/c', settings))).toBeUndefined()
  expect(firstChange(record.reads(), worldOf(make({ packages: ['vim'] }), '/c', settings))).toBeUndefined()
  expect(firstChange(record.reads(), worldOf(make({ system: { locale: 'C' } }), '/c', settings))?.now).toBe('"C"')
})

test('a longer list is a change, even if the values before are the same', () => {
  const record = recorder(make({ packages: ['vim'] }), '/c', new Set())
  void record.config.packages.join(' ')
  expect(firstChange(record.reads(), worldOf(make({ packages: ['vim', 'git'] }), '/c', settings))?.read.name).toBe(
    'packages.*',
  )
})

test('a value from the environment is noted so that it can be compared but not read', () => {
  const config = make({ system: { hostname: 'secretname' } })
  const record = recorder(config, '/c', new Set(['system.hostname']))
  void record.config.system.hostname
  expect(JSON.stringify(record.reads())).not.toContain('secretname')
  expect(firstChange(record.reads(), worldOf(config, '/c', settings))).toBeUndefined()
  expect(firstChange(record.reads(), worldOf(make({ system: { hostname: 'other' } }), '/c', settings))?.read.kind).toBe(
    'secret',
  )
})

test('a path below the config is noted relative to it, so that a clone elsewhere finds the layer', () => {
  const at = (dir: string) => make({ components: [{ type: 'file', source: `${dir}/files/a`, target: '/a' }] })
  const record = recorder(at('/one/config'), '/one/config', new Set())
  for (const component of record.config.components) void (component.type === 'file' && component.source)
  expect(firstChange(record.reads(), worldOf(at('/two/config'), '/two/config', settings))).toBeUndefined()
})

test('a path from the environment is noted by its key, and what is below it, too', () => {
  const dir = mkdtempSync(join(tmpdir(), 'rootsmith-record-'))
  writeFileSync(join(dir, 'secretfile'), 'one')
  mkdirSync(join(dir, 'secretstages/45-own'), { recursive: true })
  writeFileSync(join(dir, 'secretstages/45-own/10-a.ts'), 'one')
  const made = (more = {}) =>
    make({
      components: [{ type: 'file', source: `${dir}/secretfile`, target: '/a' }],
      stages: [`${dir}/secretstages`],
      ...more,
    })
  const keys = new Set(['components.0.source', 'stages.0'])
  const record = recorder(made(), dir, keys)
  record.file('file', `${dir}/secretfile`)
  record.file('script', `${dir}/secretstages/45-own/10-a.ts`)
  expect(record.reads().map(({ name }) => name)).toEqual(['{components.0.source}', '{stages.0}/45-own/10-a.ts'])
  const world = (config = made()) => worldOf(config, dir, settings, keys)
  expect(firstChange(record.reads(), world())).toBeUndefined()
  expect(firstChange(record.reads(), world(made({ stages: [] })))?.now).toBe('undefined')
  writeFileSync(join(dir, 'secretstages/45-own/10-a.ts'), 'two')
  const change = firstChange(record.reads(), world())
  expect(change && describeChange(change)).toBe('{stages.0}/45-own/10-a.ts changed')
  rmSync(dir, { recursive: true })
})

test('a value that moved into the environment is not said when it changed', () => {
  const record = recorder(make({ system: { hostname: 'inclear' } }), '/c', new Set())
  void record.config.system.hostname
  const now = worldOf(make({ system: { hostname: 'secretname' } }), '/c', settings, new Set(['system.hostname']))
  const change = firstChange(record.reads(), now)
  expect(change && describeChange(change)).toBe('config.system.hostname: the value from the environment changed')
  expect(JSON.stringify(change)).not.toContain('secretname')
})

test('a step can read the config but not change it', () => {
  const { config } = recorder(make(), '/c', new Set())
  expect(() => {
    config.name = 'y'
  }).toThrow('not change it')
  expect(() => {
    config.packages.push('vim')
  }).toThrow('not change it')
})
