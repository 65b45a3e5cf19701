import { afterEach, describe, expect, test } from 'bun:test'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../../scripts/output/digest.ts'
import { ext4Usage, writeExt4 } from '../../scripts/output/ext4.ts'
import { layOut } from '../../scripts/output/ext4-layout.ts'
import { MIB } from '../../scripts/output/size.ts'
import { BLOCK, measureTree } from '../../scripts/output/tree.ts'
import { TRUSTED } from '../../scripts/preload/trusted.ts'
import { type Bench, bench } from './harness.ts'
import { fillSample } from './sample.ts'

const open: Bench[] = []
afterEach(async () => {
  for (const b of open.splice(0)) await b.close()
})
async function sampleBench(): Promise<Bench> {
  const b = await bench()
  open.push(b)
  return b
}

describe('with tools', () => {
  const at = { image: 'x.img', offset: 4 * MIB }

  async function write(b: Bench, free = 8 * MIB): Promise<void> {
    await writeFile(join(b.work, at.image), Buffer.alloc(at.offset, 7))
    const layout = layOut(await measureTree(b, 'boot/firmware'), free)
    await writeExt4(b, { ...at, layout, hide: 'boot/firmware' })
    await b.tools`dd if=/work/x.img of=/work/part.img bs=4M skip=1 conv=sparse status=none`
  }
  const ask = async (b: Bench, request: string): Promise<string> =>
    (await b.tools`debugfs -R ${request} /work/part.img`).stdout

  test('owners, modes, capabilities, hard links, devices and holes arrive; the hidden folder is empty', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await write(b)
    await b.tools`e2fsck -fn /work/part.img`
    expect(await ask(b, 'stat /usr/bin/prog')).toMatch(/Mode: {2}04755[\s\S]*Links: 2 /)
    expect(await ask(b, 'stat /usr/bin/ping')).toContain('security.capability (20) = 01 00 00 02 00 20 00 00')
    expect(await ask(b, 'stat /etc/group')).toContain('user.note (1000)')
    expect(await ask(b, 'stat /home/pi/note')).toMatch(/User: {2}1000 {3}Group: {2}1000/)
    expect(await ask(b, 'stat /var/null')).toContain('Device major/minor number: 01:03')
    expect(await ask(b, 'stat /var/fifo')).toContain('Type: FIFO')
    expect(await ask(b, 'stat /var/sparse')).toContain('(768):')
    expect(await ask(b, 'stat /etc/long')).toMatch(/Type: symlink[\s\S]*Size: 100/)
    expect((await ask(b, 'ls /boot/firmware')).match(/\d+ {2}\(/g)).toHaveLength(2)
    // What was in the image before the file system is still there.
    expect((await b.tools`head -c ${at.offset} /work/x.img | tr -d '\\007' | wc -c`).stdout.trim()).toBe('0')
  })

  test('a deleted file of a container image, and the attribute of a folder that hides the one below, arrive', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await b.tools`mkdir -p '/rootfs/var/lib/docker/overlay2/a b/diff/dir'; mknod '/rootfs/var/lib/docker/overlay2/a b/diff/gone' c 0 0`
    // In the sandbox they are not seen; preload/trusted.ts writes them down outside.
    await writeFile(
      join(b.work, TRUSTED.debugfs),
      'ea_set "/var/lib/docker/overlay2/a b/diff/dir" trusted.overlay.opaque y\n',
    )
    await write(b)
    await b.tools`e2fsck -fn /work/part.img`
    expect(await ask(b, 'stat "/var/lib/docker/overlay2/a b/diff/gone"')).toContain('Device major/minor number: 00:00')
    expect(await ask(b, 'stat "/var/lib/docker/overlay2/a b/diff/dir"')).toContain('trusted.overlay.opaque (1) = "y"')
  })

  test('features suit a kernel 6.1 and leave room to grow to a terabyte', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await write(b)
    const stats = await ask(b, 'stats -h')
    expect(stats).toMatch(/features: .*resize_inode.* 64bit .*metadata_csum$/m)
    expect(stats).not.toMatch(/orphan_file|metadata_csum_seed/)
    expect(stats).toMatch(/Reserved GDT blocks: +127/)
    await b.tools`truncate -s 64G /work/part.img && resize2fs /work/part.img && e2fsck -fn /work/part.img`
  }, 120_000)

  test('two trees with the same files give the same bytes, whenever and in which order they were made', async () => {
    const [one, two] = [await sampleBench(), await sampleBench()]
    await fillSample(one)
    // The other tree: other inodes, other change and access times, and folders filled backwards.
    await one.tools`cd /rootfs && find . -depth -mindepth 1 | LC_ALL=C sort -r > /work/names`
    await one.tools`cd /rootfs && tar --xattrs --xattrs-include=* --numeric-owner -cf /work/t.tar --no-recursion -T /work/names`
    await copyFile(join(one.work, 't.tar'), join(two.work, 't.tar'))
    await two.tools`tar -C /rootfs --xattrs --xattrs-include=* --numeric-owner -xpf /work/t.tar`
    // In the past most times are newer than the epoch, in the future none is: mke2fs treats the two differently.
    for (const epoch of [1_700_000_000, 4_000_000_000]) {
      for (const b of [one, two]) {
        b.sourceDateEpoch = epoch
        await write(b)
      }
      expect(await sha256File(join(two.work, 'x.img'))).toBe(await sha256File(join(one.work, 'x.img')))
    }
  }, 120_000)

  test('times newer than the epoch become the epoch, older ones stay', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await write(b)
    expect(await ask(b, 'stat /etc/passwd')).toMatch(/mtime: 0x6553f100/)
    expect(await ask(b, 'stat /etc/group')).toMatch(
      /ctime: 0x6553f100[\s\S]*atime: 0x6553f100[\s\S]*mtime: 0x5f5e1000[\s\S]*crtime: 0x6553f100/,
    )
  })

  test('20,000 files of 100 bytes fit at the first attempt, with the free space that was asked for', async () => {
    const b = await sampleBench()
    await b.tools`cd /rootfs && mkdir -p boot/firmware && for d in {1..20}; do mkdir $d; (cd $d; for f in {1..1000}; do printf '%0100d' $f > $f; done); done`
    await write(b, 16 * MIB)
    expect(b.said).toEqual([])
    const { free } = await ext4Usage(b, at)
    expect(free.length * BLOCK).toBeGreaterThan(16 * MIB)
    expect(free.length * BLOCK).toBeLessThan(24 * MIB)
  }, 120_000)

  test('what does not fit is tried again with more room, and that is said', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await b.tools`head -c 24M /dev/urandom > /rootfs/var/large`
    await writeFile(join(b.work, at.image), '')
    const layout = { blocks: 4096, inodes: 16, journal: 4 }
    const written = await writeExt4(b, { ...at, layout, hide: 'boot/firmware' })
    expect(b.said[0]).toMatch(/does not fit into 16 MiB with 16 inodes \(no (block|inode) left\); trying/)
    expect(b.said.join()).toContain('no inode left')
    expect(b.said.join()).toContain('no block left')
    expect(written.blocks).toBeGreaterThan(4096)
    await b.tools`dd if=/work/x.img of=/work/part.img bs=4M skip=1 conv=sparse status=none; e2fsck -fn /work/part.img`
  })

  test('another failure of mke2fs is not taken for a lack of room', async () => {
    const b = await sampleBench()
    await fillSample(b)
    await writeFile(join(b.work, at.image), '')
    const layout = { blocks: 2048, inodes: 64, journal: 64 }
    const error = await writeExt4(b, { ...at, layout, hide: 'boot/firmware' }).catch(cause => cause.stderr)
    expect(error).toContain('journal size too big')
    expect(b.said).toEqual([])
  })
})
