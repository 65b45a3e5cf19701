import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { BSP, L4T, unpackBsp } from '../../scripts/jetson/unpack.ts'
import { digestOf } from '../../scripts/plan/world.ts'
import type { Context } from '../../scripts/stage/context.ts'
import { type Bench, bench } from '../output/harness.ts'
import { makeBsp } from './bsp.ts'

const quiet = $({ quiet: true })
let b: Bench
let folder: string

beforeAll(async () => {
  b = await bench()
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-bsp-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await b.close()
})

const unpack = (archive: string): Promise<number> => unpackBsp(archive, b as unknown as Context)

test('what was packed comes out, owned by whoever unpacks it, and the archive stays as it was', async () => {
  const archive = await makeBsp(folder)
  const before = digestOf(archive)
  expect(await unpack(archive)).toBeGreaterThan(5000)
  const l4t = join(b.work, BSP, L4T)
  expect((await quiet`stat -c %u:%a ${join(l4t, 'apply_binaries.sh')}`).stdout.trim()).toBe('0:755')
  expect((await quiet`readlink ${join(l4t, 'jetson-orin-nano-devkit.conf')}`).stdout.trim()).toBe(
    'p3768-0000-p3767-0000-a0.conf',
  )
  expect(digestOf(archive)).toBe(before)
  expect(existsSync(join(b.work, 'bsp.archive'))).toBe(false)
})

test('a second time gives the same, with nothing left of the first', async () => {
  const archive = await makeBsp(folder)
  await unpack(archive)
  writeFileSync(join(b.work, BSP, L4T, 'left'), '')
  await unpack(archive)
  expect(existsSync(join(b.work, BSP, L4T, 'left'))).toBe(false)
})

describe('an archive that reaches out is refused', () => {
  const outside = (): string => join(folder, 'outside')

  /** tar's own options make names that it does not make by itself: `name` is what `a` in the archive is called. */
  const pack = async (words: string[]): Promise<string> => {
    const tree = join(folder, 'tree')
    rmSync(tree, { recursive: true, force: true })
    mkdirSync(join(tree, L4T), { recursive: true })
    writeFileSync(join(tree, 'a'), 'from the archive')
    const archive = join(folder, 'hostile.tbz2')
    await quiet({
      cwd: tree,
    })`ln a b && ln -s x link && tar --create --bzip2 --absolute-names --file ${archive} ${words}`
    return archive
  }
  const hostile: [string, () => string[], RegExp][] = [
    ['by an absolute name', () => [`--transform=s,^a$,${outside()},`, L4T, 'a'], /names that are absolute or hold/],
    ['by ..', () => [`--transform=s,^a$,${L4T}/../../outside,`, L4T, 'a'], /names that are absolute or hold/],
    [
      'by an absolute link',
      () => [`--transform=flags=s;s,^x$,${outside()},`, `--transform=flags=r;s,^link$,${L4T}/l,`, L4T, 'link'],
      /the link .*\/l leads out of it, to \//,
    ],
    [
      'by a link with ..',
      () => ['--transform=flags=s;s,^x$,../../outside,', `--transform=flags=r;s,^link$,${L4T}/l,`, L4T, 'link'],
      /leads out of it, to \.\./,
    ],
    [
      'by a hard link to an absolute name',
      () => [`--transform=flags=h;s,^a$,${outside()},`, L4T, 'a', 'b'],
      /names that are absolute or hold/,
    ],
    [
      'by a hard link with ..',
      () => ['--transform=flags=h;s,^a$,../../outside,', L4T, 'a', 'b'],
      /names that are absolute or hold/,
    ],
  ]
  test.each(hostile)('%s', async (_, words, message) => {
    writeFileSync(outside(), 'untouched')
    await expect(unpack(await pack(words()))).rejects.toThrow(message)
    expect(await Bun.file(outside()).text()).toBe('untouched')
    expect(existsSync(join(b.work, 'outside'))).toBe(false)
  })

  test('by a link, and a file behind it', async () => {
    const tree = join(folder, 'tree')
    const archive = await pack([
      `--transform=flags=s;s,^x$,${folder},`,
      `--transform=flags=r;s,^link$,${L4T}/l,`,
      L4T,
      'link',
    ])
    // The same name once as the link and once as the folder of a file.
    mkdirSync(join(tree, L4T, 'l'))
    writeFileSync(join(tree, L4T, 'l/evil'), 'x')
    await quiet({
      cwd: tree,
    })`bunzip2 -f -k ${archive}; tar --append --file ${archive.replace('.tbz2', '.tar')} ${L4T}/l/evil; bzip2 -c ${archive.replace('.tbz2', '.tar')} > ${archive}`
    await expect(unpack(archive)).rejects.toThrow(/refused|cannot be unpacked/)
    expect(existsSync(join(folder, 'evil'))).toBe(false)
  })
})

test('an archive of something else says what is missing', async () => {
  const archive = join(folder, 'other.tbz2')
  await quiet`tar --create --bzip2 --file ${archive} -C ${import.meta.dir} unpack.test.ts`
  await expect(unpack(archive)).rejects.toThrow(/is no BSP: it holds no folder Linux_for_Tegra/)
})

test('a damaged archive is an error that names it', async () => {
  const archive = join(folder, 'short.tbz2')
  await quiet`head -c 3000 ${await makeBsp(folder)} > ${archive}`
  await expect(unpack(archive)).rejects.toThrow(/short\.tbz2 cannot be unpacked/)
})
