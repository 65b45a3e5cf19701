import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../scripts/plan/world.ts'
import { hostArch } from '../../scripts/sandbox/arch.ts'
import { archOfRootfs } from '../../scripts/source/arch.ts'
import { unpackFile } from '../../scripts/source/rootfs.ts'
import { type Bench, bench } from '../output/harness.ts'
import { describeTree, makeTree } from './tree.ts'

let original: Bench
let expected: string[]
const file = (name: string): string => join(original.out, name)
const PACKED = ['tree.tar', 'tree.tar.gz', 'tree.tgz', 'tree.tar.bz2', 'tree.tar.xz', 'tree.tar.zst']
/** Empty in an image, and made by the build. */
const isKept = (line: string): boolean => !/^"\/(proc|tmp|dev)"/.test(line)

beforeAll(async () => {
  original = await bench()
  await makeTree(original)
  mkdirSync(join(original.rootfs, 'proc/1'))
  writeFileSync(join(original.rootfs, 'tmp/left'), '')
  expected = (await describeTree(original)).filter(line => isKept(line) && !/^"\/(proc|tmp)\//.test(line))
  await original.tools`
    cd /out; mkdir -p /rootfs/dev; mknod /rootfs/dev/null c 1 3
    tar --create --file tree.tar --sparse --xattrs --xattrs-include='*' --numeric-owner -C /rootfs .
    gzip -1 -k tree.tar; cp tree.tar.gz tree.tgz; bzip2 -1 -k tree.tar; xz -0 -k tree.tar; zstd -q tree.tar
    cp tree.tar.gz misnamed.tar.xz`
}, 60_000)
afterAll(() => original.close())

async function unpacked<T>(path: string, look: (made: Bench) => Promise<T> | T, arch = hostArch()): Promise<T> {
  const made = await bench()
  try {
    await unpackFile(path, arch, made)
    return await look(made)
  } finally {
    await made.close()
  }
}
const refusal = (path: string, arch = hostArch()): Promise<string> =>
  unpacked(path, () => 'nothing', arch).catch(({ message, hint }) => (hint ? `${message} [${hint}]` : message))

describe('an archive', () => {
  test.each([...PACKED, 'misnamed.tar.xz'])(
    '%s becomes the tree that it was made of',
    async name => {
      const before = digestOf(file(name))
      expect(await unpacked(file(name), async made => (await describeTree(made)).filter(isKept))).toEqual(expected)
      expect(digestOf(file(name))).toBe(before)
    },
    60_000,
  )

  test('leaves what is mounted while an image is built, and nothing of that name elsewhere', async () => {
    await unpacked(file('tree.tar'), ({ rootfs }) => {
      expect(['proc', 'tmp', 'dev'].filter(name => existsSync(join(rootfs, name)))).toEqual([])
      expect(readFileSync(join(rootfs, 'usr/include/sys/types.h'), 'utf8')).toBe('kept\n')
    })
  })

  test('may be a link', async () => {
    symlinkSync(file('tree.tar.zst'), join(original.work, 'link.tar.zst'))
    expect(await unpacked(join(original.work, 'link.tar.zst'), ({ rootfs }) => existsSync(join(rootfs, 'etc')))).toBe(
      true,
    )
  })

  test('says how far it is in bytes', async () => {
    const seen: unknown[][] = []
    const made = await bench()
    await unpackFile(file('tree.tar.xz'), hostArch(), { ...made, progress: (...words) => void seen.push(words) })
    await made.close()
    expect(seen[0]).toEqual(['unpacking tree.tar.xz'])
  })

  test('of a rootfs of another architecture is refused', async () => {
    const other = hostArch() === 'arm64' ? 'amd64' : 'arm64'
    expect(await refusal(file('tree.tar'), other)).toBe(
      `tree.tar is of ${hostArch()}, and the config says \`arch: ${other}\` [write \`arch: ${hostArch()}\`]`,
    )
  })
})

test('a folder becomes the same tree, and is not changed', async () => {
  const before = await describeTree(original)
  expect(await unpacked(original.rootfs, async made => (await describeTree(made)).filter(isKept))).toEqual(expected)
  expect(await describeTree(original)).toEqual(before)
})

describe('what is no rootfs', () => {
  const make = (name: string, script: string): Promise<unknown> =>
    original.tools`mkdir -p /work/${name}; cd /work/${name}; NAME=${name} bash -euc ${script}`

  test.each([
    ['empty.tar', ': > /out/$NAME', 'empty.tar is no tar archive: it is empty'],
    ['text.tar', 'echo hello > /out/$NAME', 'text.tar is no tar archive: it is text'],
    ['zip.tar', String.raw`printf 'PK\003\004rest' > /out/$NAME`, 'zip.tar is no tar archive: it is a zip archive'],
    ['page.tar.xz', 'echo "<!DOCTYPE html>" > /out/$NAME', 'page.tar.xz is no tar archive: it is a page of HTML'],
    ['tar.img', 'cp /out/tree.tar /out/$NAME', 'tar.img is no disk image: it is a tar archive'],
    [
      'random.tar',
      'head -c 20000 /rootfs/usr/bin/bash | tail -c 10000 > /out/$NAME',
      'random.tar cannot be read: tar: ',
    ],
    [
      'short.tar',
      'head -c 700000 /out/tree.tar > /out/$NAME',
      'short.tar cannot be read: tar: Unexpected EOF in archive',
    ],
    [
      'short.tar.xz',
      'head -c 70000 /out/tree.tar.xz > /out/$NAME',
      'short.tar.xz cannot be read: xz: (stdin): Unexpected end of input',
    ],
    ['short.tar.zst', 'head -c 70000 /out/tree.tar.zst > /out/$NAME', 'short.tar.zst cannot be read: '],
    [
      'short.tar.gz',
      'head -c 70000 /out/tree.tar.gz > /out/$NAME',
      'short.tar.gz cannot be read: gzip: stdin: unexpected end of file',
    ],
    [
      'corrupt.tar.xz',
      String.raw`cp /out/tree.tar.xz /out/$NAME; printf '\377\377\377\377' | dd of=/out/$NAME bs=1 seek=60000 conv=notrunc status=none`,
      'corrupt.tar.xz cannot be read: xz: (stdin): Compressed data is corrupt',
    ],
    [
      'up.tar',
      'mkdir a; echo x > a/b; tar -cf /out/$NAME -P --transform "s,a/b,../../evil," a',
      "up.tar cannot be read: tar: ../../evil: Member name contains '..'",
    ],
    [
      'bare.tar',
      'mkdir -p home/me; tar -cf /out/$NAME .',
      'bare.tar is no root filesystem: it has no /usr/bin and no /etc/passwd and no /bin/bash',
    ],
    [
      'topped.tar',
      'mkdir -p rootfs/etc rootfs/usr/bin; tar -cf /out/$NAME rootfs',
      'topped.tar has its root filesystem in a folder, `rootfs` [unpack it and name that folder as `path`, or pack what is in it: tar -C rootfs -cf rootfs.tar .]',
    ],
    [
      'shell.tar',
      'mkdir -p etc usr/bin; : > etc/passwd; tar -cf /out/$NAME .',
      'shell.tar is no root filesystem: it has no /bin/bash [stages run their commands by bash]',
    ],
  ])('%s is refused', async (name, script, message) => {
    await make(name, script)
    expect(await refusal(file(name))).toStartWith(message)
  })

  test('a folder without /etc is refused', async () => {
    mkdirSync(join(original.work, 'bare/usr/bin'), { recursive: true })
    expect(await refusal(join(original.work, 'bare'))).toBe(
      'bare is no root filesystem: it has no /etc/passwd and no /bin/bash',
    )
  })
})

describe('a hostile archive', () => {
  test('writes nothing outside of the rootfs', async () => {
    await original.tools`
      mkdir -p /work/h; cd /work/h; cp -a /rootfs/. .; rm -rf dev
      ln -s /out leave; ln -s ../out leave2; mkdir first
      tar -cf /out/hostile.tar -P --transform 's,^first/,/out/absolute/,' . first
      rm leave leave2; mkdir leave leave2; echo evil > leave/evil; echo evil > leave2/evil; echo evil > x
      tar -rf /out/hostile.tar leave/evil leave2/evil; tar -rf /out/hostile.tar -P --transform 's,^x$,/out/evil,' x`
    const before = readdirSync(original.out)
    const said = await refusal(file('hostile.tar'))
    expect(readdirSync(original.out)).toEqual(before)
    // Until all else is there GNU tar keeps a plain file in the place of a link that leaves.
    expect(said).toStartWith('hostile.tar cannot be read: tar: leave/evil: Cannot open: Not a directory')
  })
})

describe('the architecture', () => {
  test.each(PACKED)('of %s is known', async name => {
    expect(await archOfRootfs(file(name))).toBe(hostArch())
  })
  test('of a folder and a disk image is known', async () => {
    await original.tools`mke2fs -q -t ext4 -d /rootfs /out/root.img 100M; truncate -s 120M /out/disk.img; dd if=/out/root.img of=/out/disk.img bs=1M seek=4 conv=notrunc status=none`
    expect(await archOfRootfs(original.rootfs)).toBe(hostArch())
    expect(await archOfRootfs(file('disk.img'))).toBe(hostArch())
  })
  test('of what holds no program is not', async () => {
    expect(await archOfRootfs(file('bare.tar'))).toBeUndefined()
    expect(await archOfRootfs(join(original.work, 'bare'))).toBeUndefined()
  })
})
