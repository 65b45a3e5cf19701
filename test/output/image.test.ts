import { afterEach, describe, expect, test } from 'bun:test'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../../scripts/output/digest.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { diskId } from '../../scripts/output/ids.ts'
import { assemble, image } from '../../scripts/output/image.ts'
import { MIB } from '../../scripts/output/size.ts'
import { type Bench, bench, configOf } from './harness.ts'
import { fillSample } from './sample.ts'

const open: Bench[] = []
afterEach(async () => {
  for (const b of open.splice(0)) await b.close()
})
async function sampleBench(part: Record<string, unknown> = {}): Promise<Bench> {
  const b = await bench(part)
  open.push(b)
  await fillSample(b)
  return b
}

test('the names of its files are known beforehand', () => {
  const names = { version: '1', label: '1' }
  expect(image.files(configOf(), names)).toEqual([
    'sample.img.xz',
    'sample.img.xz.sha256',
    'sample.img.bmap',
    'sample.img.json',
    'sample.imager.json',
  ])
})

describe('with tools', () => {
  test('it leaves exactly the files that it names, and nothing large in the work folder', async () => {
    for (const format of ['xz', 'zstd', 'none']) {
      const b = await sampleBench({ image: { boot_size: '34M', free: '8M', compression: { format, level: 1 } } })
      await image.make(b)
      expect((await readdir(b.out)).sort()).toEqual(image.files(b.config, b).sort())
      expect(await readdir(b.work)).not.toContain('sample.img')
      await b.tools`cd /out && sha256sum -c *.sha256`
    }
  }, 60_000)

  test('the partition table is what the firmware and root=PARTUUID expect', async () => {
    const b = await sampleBench()
    const { boot, root } = await assemble(b, 'x.img')
    const table = JSON.parse((await b.tools`sfdisk --json /work/x.img`).stdout).partitiontable
    expect(table).toMatchObject({ label: 'dos', id: `0x${diskId('sample')}` })
    expect(table.partitions).toEqual([
      { node: '/work/x.img1', start: 8192, size: boot.size / 512, type: 'c', bootable: true },
      { node: '/work/x.img2', start: root.offset / 512, size: root.size / 512, type: '83' },
    ])
    expect(boot.size).toBe(36 * MIB)
    expect((await b.tools`stat -c %s /work/x.img`).stdout.trim()).toBe(String(root.offset + root.size))
  })

  test('two builds of the same tree give the same bytes, and another name other identities', async () => {
    const [one, two, other] = [await sampleBench(), await sampleBench(), await sampleBench({ name: 'other' })]
    for (const b of [one, two, other]) await image.make(b)
    for (const file of image.files(one.config, one)) {
      expect(await sha256File(join(two.out, file))).toBe(await sha256File(join(one.out, file)))
    }
    const digests = await Promise.all([readFacts(one.out, 'sample'), readFacts(other.out, 'other')])
    expect(digests[0].image_sha256).not.toBe(digests[1].image_sha256)
  }, 60_000)

  test('the facts are those of the image inside', async () => {
    const b = await sampleBench()
    await image.make(b)
    await b.tools`xz -dc /out/sample.img.xz > /work/x.img`
    const facts = await readFacts(b.out, 'sample')
    expect(facts.image_sha256).toBe(await sha256File(join(b.work, 'x.img')))
    expect(facts.image_bytes).toBe(Bun.file(join(b.work, 'x.img')).size)
    expect(facts.mapped_bytes).toBeLessThan(facts.image_bytes)
  })

  test('bmaptool finds the map, accepts it and writes the whole image', async () => {
    const b = await sampleBench()
    await image.make(b)
    const words = ['bmaptool', 'copy', join(b.out, 'sample.img.xz'), join(b.work, 'card.img')]
    const done = Bun.spawnSync(words)
    expect(done.stderr.toString()).toContain('discovered bmap file')
    expect(done.exitCode).toBe(0)
    await b.tools`xz -dc /out/sample.img.xz | cmp - /work/card.img`
  })

  test('written by its map onto a used card, both file systems are whole', async () => {
    const b = await sampleBench({ image: { boot_size: '64M', compression: { format: 'none' } } })
    await image.make(b)
    const raw = await readFile(join(b.out, 'sample.img'))
    // A card full of old content: what the map leaves out keeps it.
    const card = Buffer.alloc(raw.length, 0xff)
    const ranges = (await readFile(join(b.out, 'sample.img.bmap'), 'utf8')).matchAll(/> (\d+)(?:-(\d+))? <\/Range>/g)
    for (const [, first, last = first] of ranges) {
      const [from, to] = [Number(first) * 4096, (Number(last) + 1) * 4096]
      raw.copy(card, from, from, to)
    }
    await writeFile(join(b.work, 'card.img'), card)
    await b.tools`dd if=/work/card.img of=/work/boot.img bs=4M skip=1 count=16 status=none; fsck.fat -n /work/boot.img`
    await b.tools`dd if=/work/card.img of=/work/root.img bs=4M skip=17 status=none; e2fsck -fn /work/root.img`
    await b.tools`mkdir /work/back && mcopy -s -i /work/boot.img ::/ /work/back && diff -r /rootfs/boot/firmware /work/back`
    await b.tools`debugfs -R 'dump /usr/bin/prog /work/prog' /work/root.img && cmp /work/prog /rootfs/usr/bin/prog`
    // The journal arrives as the zeroes it is, or a stale one with the same UUID could be replayed.
    const journal =
      await b.tools`debugfs -R 'dump <8> /work/journal' /work/root.img; tr -d '\\0' < /work/journal | wc -c`
    expect(Number(journal.stdout)).toBeLessThan(1024)
  }, 60_000)
})
