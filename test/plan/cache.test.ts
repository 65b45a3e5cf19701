import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir, FORMAT, findLayer, type Layer, listLayers } from '../../scripts/plan/cache.ts'
import { type World, worldOf } from '../../scripts/plan/world.ts'
import { superseded } from '../../scripts/stage/prune.ts'
import { makeConfig } from '../stages/config.ts'

const layer = (id: string, parent: string, value: string, more: Partial<Layer> = {}): Layer => ({
  id,
  stage: '10-system',
  parent,
  reads: [{ kind: 'config', name: 'system.locale', value: JSON.stringify(value) }],
  seconds: 1,
  bytes: 1,
  created: '2026-01-01T00:00:00Z',
  inventory: '',
  ...more,
})
const world = (locale: string): World => ({ value: () => JSON.stringify(locale), isPrivate: () => false })

test('a layer is found by what it read, whatever came after it', () => {
  const layers = [layer('b', 'p', 'de'), layer('a', 'p', 'en')]
  expect(findLayer(layers, '10-system', 'p', world('en'))).toMatchObject({ layer: { id: 'a' } })
})

test('a layer on another parent does not count', () => {
  expect(findLayer([layer('a', 'p', 'en')], '10-system', 'q', world('en'))).toMatchObject({
    reason: 'the stage below it changed',
  })
})

test('the reason names the key and both values', () => {
  expect(findLayer([layer('a', 'p', 'en')], '10-system', 'p', world('de'))).toMatchObject({
    reason: 'config.system.locale: en → de',
  })
})

test('a layer that was built natively is not one for --emulate, and the reason says so', () => {
  const native = layer('a', '', 'en', { reads: [{ kind: 'setting', name: 'emulate', value: 'false' }] })
  const settings = { rootfsEpoch: 0, emulate: true, version: '1' }
  expect(findLayer([native], '10-system', '', worldOf(makeConfig(), '/', settings))).toMatchObject({
    reason: 'emulate: false → true',
  })
  const same = worldOf(makeConfig(), '/', { ...settings, emulate: false })
  expect(findLayer([native], '10-system', '', same)).toMatchObject({ layer: { id: 'a' } })
})

test('a stage that was never built says so', () => {
  expect(findLayer([], '10-system', 'p', world('de'))).toEqual({ reason: 'not built before' })
})

test('a newer layer of the same trace replaces the older one and all above it', () => {
  const layers = [
    layer('fresh', 'p', 'en'),
    layer('above', 'old', 'en', { stage: '20-kernel' }),
    layer('old', 'p', 'en'),
    layer('p', '', 'x', { stage: '00-bootstrap' }),
  ]
  expect(superseded(layers).map(({ id }) => id)).toEqual(['above', 'old'])
})

test('the cache is where the environment says', () => {
  expect(cacheDir({ ROOTSMITH_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a')
  expect(cacheDir({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/rootsmith')
  expect(cacheDir({ HOME: '/c' })).toBe('/c/.cache/rootsmith')
})

const dir = mkdtempSync(join(tmpdir(), 'rootsmith-cache-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('a layer that is half written, broken or of another format is no layer', () => {
  const write = (id: string, text: string | undefined): void => {
    mkdirSync(join(dir, 'layers', id), { recursive: true })
    if (text !== undefined) writeFileSync(join(dir, 'layers', id, 'layer.json'), text)
  }
  write('good', JSON.stringify({ format: FORMAT, ...layer('good', '', 'en') }))
  write('none', undefined)
  write('broken', '{"id": "bro')
  write('other', JSON.stringify({ format: FORMAT + 1, ...layer('other', '', 'en') }))
  write('renamed', JSON.stringify({ format: FORMAT, ...layer('good', '', 'en') }))
  expect(listLayers(dir).map(({ id }) => id)).toEqual(['good'])
})

test('the layer that was used last comes first, whenever it was made', () => {
  const cache = join(dir, 'used')
  for (const [id, used] of Object.entries({ made: 2, used: 3, old: 1 })) {
    const file = join(cache, 'layers', id, 'layer.json')
    mkdirSync(join(cache, 'layers', id), { recursive: true })
    writeFileSync(file, JSON.stringify({ format: FORMAT, ...layer(id, '', id) }))
    utimesSync(file, used, used)
  }
  expect(listLayers(cache).map(({ id }) => id)).toEqual(['used', 'made', 'old'])
})
