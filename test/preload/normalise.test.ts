import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { normaliseStore } from '../../scripts/preload/normalise.ts'

const CHAINS = ['aa', 'bb'].map(pair => pair.repeat(32))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A store as Docker leaves it: layers of random names, the second on the first. */
function store(name: string, random: string): string {
  const path = join(folder, name)
  const write = (file: string, text: string): void => {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), text)
  }
  const [below, above] = [`${random}1`, `${random}2`]
  for (const [i, id] of [below, above].entries()) {
    write(`image/overlay2/layerdb/sha256/${CHAINS[i]}/cache-id`, id)
    write(`overlay2/${id}/link`, `LINK${id}`)
    write(`overlay2/${id}/diff/file`, String(i))
    write(`overlay2/l/LINK${id}`, '')
  }
  write(`overlay2/${above}/lower`, `l/LINK${below}`)
  write('image/overlay2/imagedb/metadata/sha256/cc/lastUpdated', random)
  for (const file of ['engine-id', 'volumes/metadata.db', 'network/files/local-kv.db', 'tmp/x', 'buildkit/cache.db'])
    write(file, random)
  return path
}
const tree = (path: string): string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()

test('two stores of the same layers become the same', () => {
  const [one, two] = [store('one', 'x'), store('two', 'y')]
  normaliseStore(one)
  normaliseStore(two)
  expect(tree(one)).toEqual(tree(two))
  expect(tree(one).some(name => /(LINK|\/)[xy]\d/.test(name))).toBe(false)
})

test('only images and their layers stay: nothing of the daemon that wrote them', () => {
  const path = store('one', 'x')
  normaliseStore(path)
  expect(readdirSync(path).sort()).toEqual(['image', 'overlay2'])
  expect(tree(path).some(name => name.endsWith('lastUpdated'))).toBe(false)
})

test('layers still find each other', () => {
  const path = store('one', 'x')
  normaliseStore(path)
  const id = (i: number): string =>
    readFileSync(join(path, `image/overlay2/layerdb/sha256/${CHAINS[i]}/cache-id`), 'utf8')
  const link = (i: number): string => readFileSync(join(path, 'overlay2', id(i), 'link'), 'utf8')
  expect(readFileSync(join(path, 'overlay2', id(1), 'lower'), 'utf8')).toBe(`l/${link(0)}`)
  for (const i of [0, 1]) {
    expect(id(i)).toMatch(/^[0-9a-f]{64}$/)
    expect(link(i)).toMatch(/^[A-Z2-7]{26}$/)
    expect(readlinkSync(join(path, 'overlay2/l', link(i)))).toBe(`../${id(i)}/diff`)
    expect(readFileSync(join(path, 'overlay2', id(i), 'diff/file'), 'utf8')).toBe(String(i))
  }
})

test('a store that was made so stays as it is', () => {
  const path = store('one', 'x')
  normaliseStore(path)
  const before = tree(path)
  normaliseStore(path)
  expect(tree(path)).toEqual(before)
})
