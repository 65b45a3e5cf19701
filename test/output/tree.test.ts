import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Entry, measureTree, needs, parseTree } from '../../scripts/output/tree.ts'
import { type Bench, bench } from './harness.ts'

const entry = (part: Partial<Entry>): Entry => ({
  type: 'f',
  id: '1:1',
  links: 1,
  size: 0,
  path: 'a',
  xattrs: 0,
  ...part,
})
const root = entry({ type: 'd', path: '', id: '1:2', links: 2 })

test('a file takes whole blocks, and one inode', () => {
  expect(needs([root, entry({ size: 4097 })])).toEqual({ blocks: 3, inodes: 2, bytes: 4097 })
})

test('hard links count once', () => {
  const twins = ['a', 'b'].map(path => entry({ path, links: 2, size: 10 }))
  expect(needs([root, ...twins])).toEqual({ blocks: 2, inodes: 2, bytes: 10 })
})

test('only a symlink of 60 bytes or more takes a block', () => {
  expect(needs([root, entry({ type: 'l', size: 59 })]).blocks).toBe(1)
  expect(needs([root, entry({ type: 'l', size: 60 })]).blocks).toBe(2)
})

test('a directory grows with the names in it', () => {
  const names = Array.from({ length: 1000 }, (_, at) => entry({ path: `${at}`.padStart(200, 'x') }))
  // An entry of 208 bytes: 19 fit into a block.
  expect(needs([root, ...names]).blocks).toBe(Math.ceil(1000 / 19))
})

test('a large extended attribute takes a block, a file capability none', () => {
  expect(needs([root, entry({ xattrs: 60 })]).blocks).toBe(1)
  expect(needs([root, entry({ xattrs: 1500 })]).blocks).toBe(2)
})

test('what ext4 cannot hold is refused by name', () => {
  expect(() => needs([entry({ path: 'srv/x', xattrs: 5000 })])).toThrow('/srv/x has 5000 bytes of extended attributes')
  expect(() => needs([entry({ path: 'srv/x', links: 65_001 })])).toThrow('/srv/x has 65001 hard links')
  expect(() => needs([entry({ path: 'srv/x', size: 17 * 1024 ** 4 })])).toThrow('larger than 16 TiB')
})

test('extended attributes are matched to names with odd bytes', () => {
  const list = 'f\x001:3\x001\x005\x00a b\nc\xff\x00'
  const xattrs = '# file: a b\\012c\\377\nsecurity.capability=0x0100000200200000000000000000000000000000\n\n'
  expect(parseTree(list, xattrs)).toEqual([entry({ id: '1:3', size: 5, path: 'a b\nc\xff', xattrs: 4 + 16 + 12 + 20 })])
})

describe('with tools', () => {
  let b: Bench
  beforeAll(async () => {
    b = await bench()
    await mkdir(join(b.rootfs, 'boot/firmware'), { recursive: true })
    await writeFile(join(b.rootfs, 'boot/firmware/kernel.img'), Buffer.alloc(100_000))
    await writeFile(join(b.rootfs, 'a\nb'), 'x')
    await link(join(b.rootfs, 'a\nb'), join(b.rootfs, 'c'))
    await symlink('y'.repeat(100), join(b.rootfs, 'long'))
    await writeFile(join(b.rootfs, 'sparse'), '')
    await truncate(join(b.rootfs, 'sparse'), 1_000_000)
    await b.tools`setfattr -n user.note -v ${'v'.repeat(1000)} /rootfs/sparse`
  })
  afterAll(() => b.close())

  test('a real tree is measured, holes as if they were data', async () => {
    // Three directories, `a\nb` and `c` as one file, `long`, `sparse` with its attribute, the kernel.
    expect(await measureTree(b)).toEqual({
      blocks: 3 + 1 + 1 + 245 + 1 + 25,
      inodes: 7,
      bytes: 1 + 1_000_000 + 100_000,
    })
  })

  test('a hidden folder counts, what is in it does not', async () => {
    expect(await measureTree(b, 'boot/firmware')).toEqual({ blocks: 3 + 1 + 1 + 245 + 1, inodes: 6, bytes: 1_000_001 })
  })
})
