import { describe, expect, test } from 'bun:test'
import { UserError } from '../../scripts/lib/errors.ts'
import { COMPRESSIONS, compressionOf, imageFile } from '../../scripts/output/compress.ts'
import { bench, configOf } from './harness.ts'

const withCompression = (compression: object) => configOf({ image: { compression } })

test('the image is named for its format', () => {
  const files = [{}, { format: 'zstd' }, { format: 'none' }].map(part => imageFile(withCompression(part)))
  expect(files).toEqual(['sample.img.xz', 'sample.img.zst', 'sample.img'])
})

test('a level that the format lacks is refused', () => {
  expect(compressionOf(withCompression({ format: 'zstd', level: 19 })).level).toBe(19)
  expect(() => compressionOf(withCompression({ format: 'xz', level: 10 }))).toThrow(UserError)
  expect(() => compressionOf(withCompression({ format: 'xz', level: 10 }))).toThrow('xz has levels 1 to 9, not 10')
})

describe('with tools', () => {
  test('one core and several compress to the same bytes', async () => {
    const b = await bench()
    // More than one block of 24 MiB.
    await b.tools`set +o pipefail; for i in 1 2 3 4 5 6; do tar -cf - -C /usr/bin . | head -c 12M; done > /work/x`
    for (const { command, suffix, decompress } of [COMPRESSIONS.xz, COMPRESSIONS.zstd]) {
      const digests = new Set<string>()
      for (const threads of [1, 2, 3]) {
        const words = command(1).map(word => word.replace(/^(-T\+?)\d+$/, `$1${threads}`))
        const { stdout } = await b.tools`${words} /work/x > /work/x${suffix}; sha256sum /work/x${suffix}`
        digests.add(stdout)
        await b.tools`${decompress.split(' ')} < /work/x${suffix} | cmp - /work/x`
      }
      expect(digests.size).toBe(1)
    }
    await b.close()
  }, 120_000)
})
