import { afterAll, beforeAll, expect, test } from 'bun:test'
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { compressionOf, headOf } from '../../scripts/source/kind.ts'
import { requireSpace, unpackedSize } from '../../scripts/source/space.ts'
import { type Bench, bench } from '../output/harness.ts'

let made: Bench
beforeAll(async () => {
  made = await bench()
  await made.tools`cd /out; truncate -s 7654321 plain; xz -0 -k plain; gzip -k plain; zstd -q plain`
})
afterAll(() => made.close())

test.each([
  ['plain', 7654321],
  ['plain.xz', 7654321],
  ['plain.zst', 7654321],
  // It knows the last 32 bits only.
  ['plain.gz', undefined],
])('%s says what it takes unpacked: %p', async (name, bytes) => {
  const file = join(made.out, name)
  expect(await unpackedSize(file, compressionOf(headOf(file)), made)).toBe(bytes as number)
})

test('what does not fit is refused before it is unpacked', () => {
  const { bavail, bsize } = statfsSync(made.work)
  expect(() => requireSpace('x.tar.xz', 2 * bavail * bsize, made.work)).toThrow(
    /^x\.tar\.xz takes .+ unpacked, and the cache has .+ free$/,
  )
  requireSpace('x.tar.xz', 1, made.work)
  requireSpace('x.tar.xz', undefined, made.work)
})
