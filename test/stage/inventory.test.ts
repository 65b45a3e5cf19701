import { afterAll, beforeEach, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Layer } from '../../scripts/plan/cache.ts'
import { discardLayer, inventory, isWhole } from '../../scripts/stage/inventory.ts'

const cache = mkdtempSync(join(tmpdir(), 'rootsmith-inventory-'))
const files = join(cache, 'layers/a/fs')
afterAll(() => rmSync(cache, { recursive: true }))

let layer: Layer
beforeEach(async () => {
  rmSync(join(cache, 'layers'), { recursive: true, force: true })
  mkdirSync(join(files, 'usr/bin'), { recursive: true })
  writeFileSync(join(files, 'usr/bin/sed'), '12345', { mode: 0o755 })
  writeFileSync(join(files, 'usr/a name\nof two lines'), '')
  symlinkSync('sed', join(files, 'usr/bin/ssed'))
  layer = { id: 'a', stage: '', parent: '', reads: [], seconds: 0, bytes: 0, created: '', inventory: '' }
  layer.inventory = await inventory(files)
})

test('a layer is whole as it was made, however old its files become', async () => {
  expect(await isWhole(cache, layer)).toBe(true)
  utimesSync(join(files, 'usr/bin/sed'), 1, 1)
  expect(await isWhole(cache, layer)).toBe(true)
})

const DAMAGE: [string, () => void][] = [
  ['a file is gone', () => rmSync(join(files, 'usr/bin/sed'))],
  ['a file is truncated', () => truncateSync(join(files, 'usr/bin/sed'), 4)],
  ['a mode is another one', () => chmodSync(join(files, 'usr/bin/sed'), 0o644)],
  [
    'a link leads elsewhere',
    () => {
      rmSync(join(files, 'usr/bin/ssed'))
      symlinkSync('bad', join(files, 'usr/bin/ssed'))
    },
  ],
  ['there is a file too many', () => writeFileSync(join(files, 'more'), '')],
  ['all is gone', () => rmSync(files, { recursive: true })],
]
for (const [what, damage] of DAMAGE)
  test(`a layer is not whole when ${what}`, async () => {
    damage()
    expect(await isWhole(cache, layer)).toBe(false)
  })

test('a damaged layer makes room for one of the same name', () => {
  discardLayer(cache, layer, join(cache, 'work'))
  expect(existsSync(join(cache, 'layers/a'))).toBe(false)
  expect(existsSync(join(cache, 'work/damaged/a/fs'))).toBe(true)
})
