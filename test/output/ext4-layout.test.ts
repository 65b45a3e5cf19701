import { expect, test } from 'bun:test'
import { layOut } from '../../scripts/output/ext4-layout.ts'
import { MIB } from '../../scripts/output/size.ts'

test('the layout holds the contents, the free space and the metadata, in steps of 4 MiB', () => {
  const tree = { blocks: 100_000, inodes: 20_000, bytes: 0 }
  const { blocks, inodes, journal } = layOut(tree, 64 * MIB)
  expect(blocks % 1024).toBe(0)
  expect(blocks).toBeGreaterThan(100_000 + (64 + 16) * 256)
  expect(blocks).toBeLessThan(100_000 + (64 + 16) * 256 + 5000)
  expect(inodes).toBeGreaterThan(22_000)
  expect(journal).toBe(16)
})

test('the journal grows with the contents, and the smallest file system has room for one', () => {
  const of = (blocks: number) => layOut({ blocks, inodes: 10, bytes: 0 }, 0)
  expect([of(1).journal, of(100_000).journal, of(500_000).journal]).toEqual([4, 16, 64])
  expect(of(1).blocks).toBeGreaterThanOrEqual(4096)
})
