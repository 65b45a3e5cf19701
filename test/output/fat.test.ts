import { afterEach, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../scripts/lib/errors.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { listFolder, writeFat } from '../../scripts/output/fat.ts'
import { usedLength } from '../../scripts/output/fat-geometry.ts'
import { MIB } from '../../scripts/output/size.ts'
import { type Bench, bench } from './harness.ts'

const close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of close.splice(0)) await end()
})

describe('listing', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'rootsmith-fat-'))
    close.push(() => rm(path, { recursive: true }))
    return path
  }

  test('folders come before what is in them, names in byte order', async () => {
    const top = await folder()
    await mkdir(join(top, 'overlays'))
    for (const name of ['b', 'Z', 'a', 'overlays/x']) await writeFile(join(top, name), 'abc')
    const [first, second] = await listFolder(top)
    expect(first?.files.map(({ name }) => name)).toEqual(['Z', 'a', 'b'])
    expect(second).toEqual({ path: 'overlays', folders: [], files: [{ name: 'x', size: 3 }] })
  })

  test('a rootfs without the folder gives an empty partition', async () => {
    expect(await listFolder('/nowhere/at/all')).toEqual([{ path: '', folders: [], files: [] }])
  })

  test('what FAT cannot hold is refused by name', async () => {
    const cases: [string, (path: string) => Promise<void>][] = [
      ['a:b is no name there', path => writeFile(join(path, 'a:b'), '')],
      ['end. is no name there', path => writeFile(join(path, 'end.'), '')],
      ['link is neither a file nor a folder', path => symlink('x', join(path, 'link'))],
      ['are the same name there', path => writeFile(join(path, 'A'), '').then(() => writeFile(join(path, 'a'), ''))],
      [
        'big is 4 GiB or larger',
        path => writeFile(join(path, 'big'), '').then(() => truncate(join(path, 'big'), 2 ** 32)),
      ],
    ]
    for (const [message, make] of cases) {
      const top = await folder()
      await make(top)
      await expect(listFolder(top)).rejects.toThrow(message)
      await expect(listFolder(top)).rejects.toBeInstanceOf(UserError)
    }
  })
})

describe('with tools', () => {
  const offset = 4 * MIB

  async function boot(fill: (folder: string) => Promise<void>): Promise<Bench> {
    const b = await bench()
    close.push(b.close)
    await mkdir(join(b.rootfs, 'boot/firmware/overlays'), { recursive: true })
    await fill(join(b.rootfs, 'boot/firmware'))
    return b
  }
  async function write(b: Bench, size: number): Promise<string> {
    const path = join(b.work, 'x.img')
    await writeFile(path, Buffer.alloc(offset, 7))
    await truncate(path, offset + size)
    const geometry = await writeFat(b, { image: 'x.img', offset, size, source: 'boot/firmware' })
    expect(await usedLength(path, offset, geometry)).toBeLessThan(size)
    return path
  }
  const names = [
    'kernel8.img',
    'config.txt',
    'overlays/disable-bt.dtbo',
    'overlays/a long name, with spaces.dtbo',
    'Größe.txt',
  ]
  const fillWith = (order: string[]) => async (folder: string) => {
    for (const name of order) await writeFile(join(folder, name), name.repeat(1000))
    for (const name of order) await utimes(join(folder, name), order.length, Math.random() * 1e9)
  }

  test('files arrive whole, under their names', async () => {
    for (const size of [34 * MIB, 64 * MIB]) {
      const b = await boot(fillWith(names))
      await write(b, size)
      await b.tools`mkdir /work/back && mcopy -s -i /work/x.img@@${offset} ::/ /work/back && diff -r /rootfs/boot/firmware /work/back`
      await b.tools`dd if=/work/x.img of=/work/fat.img bs=4M skip=1 status=none; fsck.fat -vn /work/fat.img > /work/report`
      expect(await Bun.file(join(b.work, 'report')).text()).toContain(
        size < 64 * MIB ? '16 bit entries' : '32 bit entries',
      )
      expect((await b.tools`mdir -i /work/x.img@@${offset} ::/config.txt`).stdout).toContain('2023-11-14  22:13')
      expect((await b.tools`blkid -o value -s LABEL /work/fat.img`).stdout).toBe('bootfs\n')
    }
  })

  test('the same files give the same bytes, in whichever order and whenever they were written', async () => {
    const one = await write(await boot(fillWith(names)), 34 * MIB)
    const two = await write(await boot(fillWith(names.toReversed())), 34 * MIB)
    expect(await sha256File(two)).toBe(await sha256File(one))
  })

  test('too much for the partition is refused before anything is copied, with the size that would do', async () => {
    const b = await boot(folder => writeFile(join(folder, 'start.elf'), Buffer.alloc(40 * MIB)))
    const error = (await write(b, 34 * MIB).catch(cause => cause)) as UserError
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toBe('/boot/firmware does not fit into a boot partition of 34M')
    const enough = /`image.boot_size` to (\d+)M/.exec(error.hint ?? '')?.[1]
    await write(b, Math.ceil(Number(enough) / 4) * 4 * MIB)
  })
})
