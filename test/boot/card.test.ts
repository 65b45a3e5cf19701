import { describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { cardSize, makeCard, parseMbr, readPartitions, workFolder } from '../../scripts/boot/card.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'card-'))

describe('cardSize', () => {
  test('is a power of two above the image, and 2 GiB at least', () => {
    expect(cardSize(1)).toBe(2 ** 31)
    expect(cardSize(2 ** 31 - 1)).toBe(2 ** 31)
    // There must be something to grow into.
    expect(cardSize(2 ** 31)).toBe(2 ** 32)
    expect(cardSize(5e9)).toBe(2 ** 33)
  })
})

describe('readPartitions', () => {
  test('reads what sfdisk wrote', async () => {
    const disk = join(folder(), 'disk.img')
    writeFileSync(disk, '')
    await $({
      quiet: true,
      input: 'label: dos\nstart=8192, size=40960, type=c\nsize=81920, type=83\n',
    })`truncate -s 100M ${disk} && /sbin/sfdisk --quiet ${disk}`
    expect(await readPartitions(disk)).toEqual([
      { type: 0x0c, start: 8192 * 512, bytes: 40960 * 512 },
      { type: 0x83, start: 49152 * 512, bytes: 81920 * 512 },
    ])
  })

  test('finds none where there is no partition table', () => {
    expect(parseMbr(Buffer.alloc(512))).toEqual([])
    expect(parseMbr(Buffer.from('short'))).toEqual([])
  })
})

describe('makeCard', () => {
  for (const [ending, pack] of [
    ['.img.xz', (file: string) => $`xz -k -T2 ${file}`],
    ['.img.zst', (file: string) => $`zstd -q ${file}`],
    ['.img', (file: string) => $`test -e ${file}`],
  ] as const) {
    test(`unpacks ${ending} sparsely and leaves the image as it is`, async () => {
      const dir = folder()
      const raw = join(dir, 'x.img')
      const content = Buffer.alloc(8 << 20)
      content.write('rootsmith', 5 << 20)
      writeFileSync(raw, content)
      await pack(raw)
      const image = join(dir, `x${ending}`)
      const before = readFileSync(image)
      const work = join(dir, 'work')
      mkdirSync(work)
      const card = await makeCard(image, work)
      expect(statSync(card).size).toBe(2 ** 31)
      // Blocks of 512 bytes.
      expect(statSync(card).blocks * 512).toBeLessThan(4 << 20)
      const { stdout } = await $({
        quiet: true,
      })`dd if=${card} bs=9 count=1 skip=${5 << 20} iflag=skip_bytes status=none`
      expect(stdout).toBe('rootsmith')
      expect(readFileSync(image).equals(before)).toBe(true)
    })
  }
})

test('workFolder removes what killed runs left, and nothing of a run that lives', () => {
  const cache = folder()
  for (const pid of ['1', '999999999']) mkdirSync(join(cache, 'boot', pid), { recursive: true })
  workFolder(cache)
  expect(readdirSync(join(cache, 'boot')).sort()).toEqual(['1', String(process.pid)].sort())
})
