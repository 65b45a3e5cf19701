import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findLayer, type Layer } from '../../scripts/plan/cache.ts'
import { readsOf, STAGE, wantedImages, worldOfReads } from '../../scripts/preload/wanted.ts'
import { configOf } from '../output/harness.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-wanted-'))
  mkdirSync(join(folder, 'web'))
  writeFileSync(join(folder, 'web/Dockerfile'), 'FROM scratch\n')
  compose('TOKEN: abc123secret')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const compose = (argument: string, image = 'db:1'): void =>
  writeFileSync(
    join(folder, 'compose.yaml'),
    `services:\n  web: {build: {context: web, args: {${argument}}}}\n  db: {image: '${image}'}\n  again: {image: '${image}'}\n`,
  )
const config = (arch = 'arm64') =>
  configOf({
    target: 'generic',
    arch,
    components: [
      { type: 'docker-compose', path: join(folder, 'compose.yaml'), target: '/opt/app', operation: 'build' },
    ],
  })
const reads = (arch?: string) => readsOf(wantedImages(config(arch)), config(arch), folder)
const layer = (): Layer => {
  return { id: 'x', stage: STAGE, parent: '', reads: reads(), seconds: 1, bytes: 1, created: '', inventory: '' }
}
const why = (made: Layer, arch?: string): string => {
  const found = findLayer([made], STAGE, '', worldOfReads(reads(arch)))
  return 'reason' in found ? found.reason : 'reused'
}

test('each image is wanted once, whatever number of services run it', () => {
  expect(wantedImages(config()).map(({ how, reference }) => `${how} ${reference}`)).toEqual([
    'build app-web:latest',
    'pull db:1',
  ])
})

test('a config without compose projects wants none', () => {
  expect(wantedImages(configOf())).toEqual([])
})

test('the layer is reused while nothing changed', () => {
  expect(why(layer())).toBe('reused')
})

test('another image, another architecture, a changed source and a changed argument are each noticed and said', () => {
  const made = layer()
  expect(why(made, 'amd64')).toBe('arch: arm64 → amd64')
  compose('TOKEN: abc123secret', 'db:2')
  expect(why(made)).toContain('pull db:1 → build app-web:latest, pull db:2')
  compose('TOKEN: other')
  expect(why(made)).toStartWith('build of app-web:latest: ')
  compose('TOKEN: abc123secret')
  writeFileSync(join(folder, 'web/page'), 'x')
  expect(why(made)).toBe('./web changed')
})

test('an argument of a build is not kept in clear', () => {
  expect(JSON.stringify(reads())).not.toContain('abc123secret')
})
