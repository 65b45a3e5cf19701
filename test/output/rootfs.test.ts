import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { sha256File } from '../../scripts/output/digest.ts'
import { rootfs } from '../../scripts/output/rootfs.ts'
import { bench } from './harness.ts'
import { fillSample } from './sample.ts'

describe('with tools', () => {
  test('two trees with the same files give the same bytes, and all of a file arrives', async () => {
    const [one, two] = [await bench(), await bench()]
    for (const b of [one, two]) {
      await fillSample(b)
      await rootfs.make(b)
    }
    const [file = ''] = rootfs.files(one.config, one)
    expect(await sha256File(join(two.out, file))).toBe(await sha256File(join(one.out, file)))

    const list = (await one.tools`zstd -dc /out/${file} | tar -tv --numeric-owner --full-time`).stdout
    expect(list).toMatch(/-rwsr-xr-x 0\/0 +300000 2020-09-13 12:26:40 \.\/usr\/bin\/prog\n/)
    expect(list).toMatch(/hrwsr-xr-x .* \.\/usr\/bin\/prog-again link to \.\/usr\/bin\/prog\n/)
    expect(list).toMatch(/-rw-r--r-- 1000\/1000 .* \.\/home\/pi\/note\n/)
    expect(list).toMatch(/2023-11-14 22:13:20 \.\/etc\/passwd\n/)
    expect(list).toContain('./boot/firmware/kernel8.img')
    await one.tools`mkdir /work/back && zstd -dc /out/${file} | tar -C /work/back --xattrs --xattrs-include=* -xp`
    expect((await one.tools`getfattr -m - -d -e hex /work/back/usr/bin/ping`).stdout).toContain(
      'security.capability=0x0100',
    )
    await Promise.all([one.close(), two.close()])
  }, 60_000)
})
