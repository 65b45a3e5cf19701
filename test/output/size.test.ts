import { expect, test } from 'bun:test'
import { UserError } from '../../scripts/lib/errors.ts'
import { inMiB, parseSize, roundUp } from '../../scripts/output/size.ts'

test('sizes are powers of 1024', () => {
  expect(parseSize('512K')).toBe(524_288)
  expect(parseSize('256M')).toBe(268_435_456)
  expect(parseSize('1.5G')).toBe(1_610_612_736)
})

test('what is no size is refused', () => {
  for (const text of ['', '12', '12T', 'M', '-1M']) expect(() => parseSize(text)).toThrow(UserError)
})

test('bytes are shown in whole MiB, rounded up', () => {
  expect(inMiB(268_435_457)).toBe('257M')
  expect(roundUp(4097, 4096)).toBe(8192)
})
