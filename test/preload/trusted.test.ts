import { expect, test } from 'bun:test'
import { parse } from '../../scripts/preload/trusted.ts'

const listed = (name: string, hex = '79'): string => `# file: ${name}\ntrusted.overlay.opaque=0x${hex}\n\n`

test('attributes are read with their names and values, sorted', () => {
  expect(parse(listed('overlay2/b/diff') + listed('overlay2/a/diff dir'))).toEqual([
    { path: 'overlay2/a/diff dir', name: 'trusted.overlay.opaque', value: 'y' },
    { path: 'overlay2/b/diff', name: 'trusted.overlay.opaque', value: 'y' },
  ])
})

test("a name that is not ASCII is the file's bytes", () => {
  expect(parse(listed('a/\\303\\251'))[0]?.path).toBe('a/\xc3\xa9')
})

test('a name that ends a command of debugfs is refused', () => {
  expect(() => parse(listed('a/"b'))).toThrow("can't be told")
  expect(() => parse(listed('a/\\012b'))).toThrow("can't be told")
})

test('other attributes are passed over here', () => {
  expect(parse('# file: a\nuser.x=0x79\n')).toEqual([])
})
