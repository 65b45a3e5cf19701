import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatBmap, mapImage } from '../../scripts/output/bmap.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rootsmith-bmap-'))
})
afterAll(() => rm(folder, { recursive: true }))

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

/** 3000 blocks, past one read of 4 MiB; data in 0, 5–6, 1023–1024 and the last. */
async function write(name: string): Promise<{ path: string; data: Buffer }> {
  const data = Buffer.alloc(3000 * 4096)
  for (const block of [0, 5, 6, 1023, 1024, 2999]) data.writeUInt32LE(block + 1, block * 4096 + 100)
  const path = join(folder, name)
  await writeFile(path, data)
  return { path, data }
}

test('blocks with data are mapped, runs across reads are one', async () => {
  const { path, data } = await write('plain')
  const map = await mapImage(path, new Uint8Array(3000))
  expect(map.runs.map(({ first, last }) => [first, last])).toEqual([
    [0, 0],
    [5, 6],
    [1023, 1024],
    [2999, 2999],
  ])
  expect(map.sha256).toBe(sha256(data))
  expect(map.runs[2]?.sha256).toBe(sha256(data.subarray(1023 * 4096, 1025 * 4096)))
})

test('zeroes that a file system relies on are mapped, too', async () => {
  const { path } = await write('used')
  const inUse = new Uint8Array(3000).fill(1, 4, 10)
  expect((await mapImage(path, inUse)).runs[1]).toMatchObject({ first: 4, last: 9 })
})

test('holes make no difference', async () => {
  const { path } = await write('dense')
  const sparse = join(folder, 'sparse')
  await writeFile(sparse, '')
  await truncate(sparse, 3000 * 4096)
  const file = Bun.file(path)
  const handle = await open(sparse, 'r+')
  for (const block of [0, 5, 6, 1023, 1024, 2999])
    await handle.write(
      Buffer.from(await file.slice(block * 4096, (block + 1) * 4096).arrayBuffer()),
      0,
      4096,
      block * 4096,
    )
  await handle.close()
  const inUse = new Uint8Array(3000)
  expect(formatBmap(await mapImage(sparse, inUse))).toBe(formatBmap(await mapImage(path, inUse)))
})

test('the file carries its own digest, made with zeroes in its place', async () => {
  const xml = formatBmap(await mapImage((await write('own')).path, new Uint8Array(3000)))
  const own = /<BmapFileChecksum> (\w{64}) </.exec(xml)?.[1] ?? ''
  expect(own).toBe(sha256(Buffer.from(xml.replace(own, '0'.repeat(64)))))
  expect(xml).toContain('<MappedBlocksCount> 6 </MappedBlocksCount>')
  expect(xml).toContain('> 1023-1024 </Range>')
})
