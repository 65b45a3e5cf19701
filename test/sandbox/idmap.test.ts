import { expect, test } from 'bun:test'
import { findRange } from '../../scripts/sandbox/idmap.ts'

test('a range is found by name', () => {
  expect(findRange('a:100000:65536\nb:165536:65536\n', 'b', 1001)).toEqual({ start: 165536, count: 65536 })
})

test('a range is found by number', () => {
  expect(findRange('1001:231072:65536', 'b', 1001)).toEqual({ start: 231072, count: 65536 })
})

test('a range with too few ids for nobody (65534) is passed over', () => {
  expect(findRange('b:100000:1000\nb:200000:65536', 'b', 1001)?.start).toBe(200000)
})

test('without a range there is none', () => {
  expect(findRange('', 'b', 1001)).toBeUndefined()
  expect(findRange('other:100000:65536', 'b', 1001)).toBeUndefined()
})
