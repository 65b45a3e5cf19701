import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../scripts/plan/world.ts'
import { hostArch } from '../../scripts/sandbox/arch.ts'
import { bootFolder } from '../../scripts/source/disk.ts'
import { unpackFile } from '../../scripts/source/rootfs.ts'
import { type Bench, bench } from '../output/harness.ts'
import { describeTree, makeTree } from './tree.ts'

const MIB = 2 ** 20
let original: Bench
let expected: string[]
const file = (name: string): string => join(original.out, name)

/** Empty in an image, and mount points while it is built: the importer leaves them to the build. */
const isKept = (line: string): boolean => !/^"\/(proc|tmp)"/.test(line)

beforeAll(async () => {
  original = await bench()
  await makeTree(original)
  expected = (await describeTree(original)).filter(isKept)
  const { tools } = original
  // The boot partition's files are not in the root file system: its folder there is empty.
  await tools`
    cd /out
    mke2fs -q -t ext4 -d /rootfs root.ext4 200M
    mkfs.fat -C -F 32 boot.fat 40960 > /dev/null
    mkdir -p /work/boot/Overlays; echo one > /work/boot/config.txt; echo two > "/work/boot/Overlays/a long name.dtbo"; echo three > /work/boot/.dot
    mcopy -s -i boot.fat /work/boot/config.txt /work/boot/Overlays /work/boot/.dot ::
    for label in dos gpt; do
      truncate -s 260M $label.img
      printf 'label: %s\nstart=1MiB, size=40MiB\nstart=42MiB, size=4MiB\nstart=48MiB, size=200MiB\n' $label | sfdisk -q $label.img
      dd if=boot.fat of=$label.img bs=1M seek=1 conv=notrunc,sparse status=none
      dd if=root.ext4 of=$label.img bs=1M seek=48 conv=notrunc,sparse status=none
    done
    mv root.ext4 raw.img
    xz -0 -k dos.img; zstd -q dos.img -o dos.img.zst; gzip -1 -k dos.img`
}, 60_000)
afterAll(() => original.close())

/** @returns what the image at `path` became, and what was said. */
async function unpacked<T>(path: string, look: (made: Bench) => Promise<T> | T): Promise<T> {
  const made = await bench()
  try {
    await unpackFile(path, hostArch(), made)
    return await look(made)
  } finally {
    await made.close()
  }
}
const refusal = (path: string): Promise<string> =>
  unpacked(path, () => 'nothing').catch(({ message, hint }) => (hint ? `${message} [${hint}]` : message))

describe('a disk image', () => {
  test.each(['dos.img', 'gpt.img', 'raw.img', 'dos.img.xz', 'dos.img.zst', 'dos.img.gz'])(
    '%s becomes the tree that it was made of',
    async name => {
      const before = digestOf(file(name))
      const [lines, boot] = await unpacked(file(name), async made => {
        const at = join(made.rootfs, 'boot/firmware')
        const read = name === 'raw.img' ? '' : readFileSync(join(at, 'Overlays/a long name.dtbo'), 'utf8')
        const dot = name === 'raw.img' ? '' : readFileSync(join(at, '.dot'), 'utf8')
        for (const each of ['Overlays', 'config.txt', '.dot']) rmSync(join(at, each), { recursive: true, force: true })
        const found = (await describeTree(made)).filter(isKept)
        return [found, read + dot] as const
      })
      // The time of the folder that the boot partition was copied to.
      const timeless = (all: readonly string[]): string[] => all.filter(line => !/^"\/boot\/firmware" \d+$/.test(line))
      expect(timeless(lines)).toEqual(timeless(expected))
      expect(boot).toBe(name === 'raw.img' ? '' : 'two\nthree\n')
      expect(digestOf(file(name))).toBe(before)
    },
    60_000,
  )

  test('that was cut short is refused', async () => {
    await original.tools`cp --sparse=always /out/dos.img /out/short.img`
    truncateSync(file('short.img'), 100 * MIB)
    expect(await refusal(file('short.img'))).toMatch(
      /^(short\.img is cut short|.*partition 3 of short\.img cannot be read)/,
    )
    await original.tools`head -c 500000 /out/dos.img.xz > /out/short.img.xz`
    expect(await refusal(file('short.img.xz'))).toBe(
      'short.img.xz cannot be read: xz: (stdin): Unexpected end of input',
    )
  })

  test('without a system says what it has instead', async () => {
    await original.tools`
      cd /out; truncate -s 64M other.img; printf 'label: dos\nstart=1MiB, size=20MiB\nstart=24MiB, size=20MiB\n' | sfdisk -q other.img
      mkdir -p /work/empty; mke2fs -q -t ext4 -d /work/empty other.ext4 16M; dd if=other.ext4 of=other.img bs=1M seek=1 conv=notrunc status=none`
    expect(await refusal(file('other.img'))).toBe(
      'other.img has no ext4 file system with an /etc/os-release [it has partition 1: ext4, partition 2: unknown]',
    )
    const signature = (offset: number, bytes: string): void => {
      const image = readFileSync(file('other.img'))
      image.write(bytes, 24 * MIB + offset, 'latin1')
      writeFileSync(file('other.img'), image)
    }
    signature(0, 'LUKS\xba\xbe')
    expect(await refusal(file('other.img'))).toContain('its partition 2 is encrypted (LUKS)')
    signature(0, '\0\0\0\0\0\0')
    signature(512, 'LABELONE')
    expect(await refusal(file('other.img'))).toContain('its partition 2 is a part of a volume group (LVM)')
    signature(512, '\0\0\0\0\0\0\0\0')
    signature(65_600, '_BHRfS_M')
    expect(await refusal(file('other.img'))).toContain('its partition 2 is btrfs')
  })

  test('of zeroes is none', async () => {
    writeFileSync(file('zero.img'), Buffer.alloc(MIB))
    expect(await refusal(file('zero.img'))).toBe(
      'zero.img is no disk image: it has neither a partition table nor an ext4 file system',
    )
  })

  test('made to write through a link, or without end, is refused', async () => {
    // Without checksums, for a name that is changed by hand.
    await original.tools`mke2fs -q -t ext4 -O ^metadata_csum -d /rootfs /out/twice.img 100M; debugfs -w -R 'ln /usr/bin/bash /etc/absolutX' /out/twice.img`
    const image = readFileSync(file('twice.img'))
    image.write('absolute', image.indexOf('absolutX'))
    writeFileSync(file('twice.img'), image)
    expect(await refusal(file('twice.img'))).toStartWith('twice.img cannot be read: there are two of /etc/absolute')
    await original.tools`cp --sparse=always /out/raw.img /out/loop.img; debugfs -w -R 'ln /usr /opt/loop' /out/loop.img`
    expect(await refusal(file('loop.img'))).toMatch(/cannot be read: more than one way leads to \/(opt\/loop|usr)/)
  })

  test('whose boot partition would be written through a link writes where it should', async () => {
    await original.tools`cp --sparse=always /out/dos.img /out/linked.img; rm -rf /work/root2; cp -a /rootfs /work/root2
      ln -s /out/evil /work/root2/boot/firmware/config.txt; mke2fs -q -t ext4 -d /work/root2 /work/root2.ext4 200M
      dd if=/work/root2.ext4 of=/out/linked.img bs=1M seek=48 conv=notrunc status=none; rm -rf /work/root2*`
    await unpacked(file('linked.img'), ({ rootfs }) =>
      expect(readFileSync(join(rootfs, 'boot/firmware/config.txt'), 'utf8')).toBe('one\n'),
    )
  })

  test('whose file system is damaged is refused', async () => {
    await original.tools`cp --sparse=always /out/raw.img /out/damaged.img; debugfs -w -R 'clri /usr/bin' /out/damaged.img`
    expect(await refusal(file('damaged.img'))).toContain('damaged.img cannot be read: ')
  })
})

test('the boot partition belongs where fstab says', () => {
  mkdirSync(join(original.work, 'x'), { recursive: true })
  expect(bootFolder('# /dev/x /boot vfat\nPARTUUID=1 /boot/firmware vfat defaults 0 2')).toBe('/boot/firmware')
  expect(bootFolder('proc /proc proc defaults 0 0\nPARTUUID=1  /boot  vfat  defaults 0 2')).toBe('/boot')
  expect(bootFolder('LABEL=x /boot ext4 defaults 0 2\nLABEL=y /home vfat')).toBeUndefined()
})
