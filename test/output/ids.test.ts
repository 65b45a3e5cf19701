import { expect, test } from 'bun:test'
import { diskId, fatId, fsUuid, partUuid } from '../../scripts/output/ids.ts'

test('the same name gives the same identities, and another name others', () => {
  expect([diskId('rpi'), fatId('rpi'), fsUuid('rpi')]).toEqual([diskId('rpi'), fatId('rpi'), fsUuid('rpi')])
  for (const id of [diskId, fatId, fsUuid]) expect(id('rpi')).not.toBe(id('rpi2'))
})

test('identities are written in the form that the tools want', () => {
  expect(diskId('rpi')).toMatch(/^[0-9a-f]{8}$/)
  expect(fatId('rpi')).toMatch(/^[0-9a-f]{8}$/)
  expect(fsUuid('rpi')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(partUuid('rpi', 2)).toBe(`${diskId('rpi')}-02`)
})

test('the identities of images that are out there never change', () => {
  expect(partUuid('rpi', 2)).toBe('62e1e918-02')
  expect(fsUuid('rpi')).toBe('9f970c11-2b36-8619-b611-8460cf299f1b')
  expect(fsUuid('rpi', 'hash-seed')).not.toBe(fsUuid('rpi'))
})
