import { describe, expect, test } from 'bun:test'
import { ago, amount, clean, cut, duration, share, size } from '../../scripts/screen/format.ts'

test('times are in the unit that reads best', () => {
  expect([0, 0.04, 41.25, 59.94, 59.96, 124, 3599.4, 3600, 8040].map(duration)).toEqual([
    '0.0 s',
    '0.0 s',
    '41.3 s',
    '59.9 s',
    '1 min 00 s',
    '2 min 04 s',
    '59 min 59 s',
    '1 h 00 min',
    '2 h 14 min',
  ])
})
test('sizes are in powers of 1024', () => {
  expect([0, 312, 1023, 1024, 4.1 * 2 ** 20, 1.9 * 2 ** 30].map(size)).toEqual([
    '0 B',
    '312 B',
    '1023 B',
    '1.0 KiB',
    '4.1 MiB',
    '1.9 GiB',
  ])
})
test('ages are in the largest unit that says enough', () => {
  const now = new Date('2026-01-03T00:00:00Z')
  const before = (minutes: number): string => ago(new Date(now.getTime() - minutes * 60_000), now)
  expect([0, 1, 119, 120, 47 * 60, 72 * 60, -5].map(before)).toEqual([
    'just now',
    '1 minute ago',
    '119 minutes ago',
    '2 hours ago',
    '47 hours ago',
    '3 days ago',
    'just now',
  ])
})
test('progress says what is counted', () => {
  expect(amount({ current: 3, total: 120, unit: 'packages' })).toBe('3 of 120 packages')
  expect(amount({ current: 2 ** 20, total: 2 ** 21, unit: 'bytes' })).toBe('1.0 MiB of 2.0 MiB')
  expect(amount({ current: 41.7, unit: 'percent' })).toBe('41 %')
  expect(amount({ current: 7 })).toBe('7')
  expect(amount({})).toBe('')
  expect([
    share({ current: 1, total: 4 }),
    share({ current: 50, unit: 'percent' }),
    share({ current: 9, total: 4 }),
    share({ current: 1 }),
  ]).toEqual([0.25, 0.5, 1, undefined])
})

describe("a program's line", () => {
  test('loses colours, links, titles and control characters', () => {
    expect(
      clean(
        '\u001b[1;32mgreen\u001b[0m \u001b]0;title\u0007bell\u0007 \u001b]8;;https://x\u0007link\u001b]8;;\u0007\u0000\u200b',
      ),
    ).toBe('green bell link')
  })
  test('is what a terminal would have left of it', () => {
    expect(clean(' 10%\r 50%\r100%')).toBe('100%')
    expect(clean('done\r')).toBe('done')
    expect(clean('a\tb  ')).toBe('a b')
  })
  test('is cut by columns, not by letters', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdefg', 6)).toBe('abcde…')
    expect(cut('日本語テスト', 6)).toBe('日本…')
  })
})
