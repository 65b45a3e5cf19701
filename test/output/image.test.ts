import { afterEach, describe, expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../../scripts/output/digest.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { diskId } from '../../scripts/output/ids.ts'
import { assemble, image } from '../../scripts/output/image.ts'
import { MIB } from '../../scripts/output/size.ts'
import { type Bench, bench, configOf, toolsTree } from './harness.ts'
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
  ])
})

describe.skipIf(!toolsTree)('with tools', () => {
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

  const bmaptool = Bun.which('bmaptool')
  test.skipIf(!bmaptool)(
    'bmaptool writes it onto a used card, and both file systems are whole',
    async () => {
      const b = await sampleBench()
      await image.make(b)
      const { image_bytes } = await readFacts(b.out, 'sample')
      // A card full of old content: what the map leaves out keeps it.
      await b.tools`set +o pipefail; tr '\\0' '\\377' < /dev/zero | head -c ${image_bytes} > /work/card.img`
      const done = Bun.spawnSync([bmaptool ?? '', 'copy', join(b.out, 'sample.img.xz'), join(b.work, 'card.img')])
      expect(done.stderr.toString()).toContain('discovered bmap file')
      expect(done.exitCode).toBe(0)
      await b.tools`dd if=/work/card.img of=/work/boot.img bs=4M skip=1 count=9 status=none; fsck.fat -n /work/boot.img`
      await b.tools`dd if=/work/card.img of=/work/root.img bs=4M skip=10 status=none; e2fsck -fn /work/root.img`
      await b.tools`mkdir /work/back && mcopy -s -i /work/boot.img ::/ /work/back && diff -r /rootfs/boot/firmware /work/back`
      await b.tools`debugfs -R 'dump /usr/bin/prog /work/prog' /work/root.img && cmp /work/prog /rootfs/usr/bin/prog`
      // The journal and the inode tables are written as the zeroes they are, or a stale journal could be replayed.
      const zeroes =
        await b.tools`debugfs -R 'cat <8>' /work/root.img 2>/dev/null | tail -c +8193 | tr -d '\\0' | wc -c`
      expect(zeroes.stdout.trim()).toBe('0')
    },
    60_000,
  )
})
