/** templates/flash/rpi.sh.ejs: what is written, in which order, and what is noticed. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { chmod, mkdir, open, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MIB } from '../../../scripts/output/size.ts'
import { Card, LENGTH } from './card.ts'

let card: Card

beforeAll(async () => {
  card = await Card.make()
})
afterAll(() => card.close())
beforeEach(() => card.blank())

/** What the card holds after flashing by the map: mapped blocks, a cleared beginning, and the rest as it was. */
function expected(): Buffer {
  const whole = Buffer.alloc(LENGTH + MIB, 1)
  whole.fill(0, 0, MIB)
  for (const [from, to] of [
    [0, 4096],
    [4 * MIB, 5 * MIB],
    [6 * MIB, 7 * MIB],
  ] as const)
    card.raw.copy(whole, from, from, to)
  return whole
}

test('it writes what the block map names, clears the beginning, and touches nothing else', async () => {
  const { status, text } = card.flash(['--device', card.path, '--yes'])
  expect(text).toContain('Writing 3 MiB of 8 MiB')
  expect(text).toContain('holds sample 1.2.0')
  expect(status).toBe(0)
  expect((await card.content()).equals(expected())).toBe(true)
})

test('without a block map it writes the whole image, and nothing behind it', async () => {
  await rename(card.map, `${card.map}.away`)
  const { status } = card.flash(['--device', card.path, '--yes'])
  const corrupted = card.flash(['--device', card.path, '--yes'], { ROOTSMITH_FLASH_TEST: 'corrupt' })
  await card.blank()
  card.flash(['--device', card.path, '--yes'])
  await rename(`${card.map}.away`, card.map)
  expect(status).toBe(0)
  const content = await card.content()
  expect(content.subarray(0, LENGTH).equals(card.raw)).toBe(true)
  expect(content.subarray(LENGTH).every(byte => byte === 1)).toBe(true)
  expect(corrupted).toMatchObject({ status: 4, text: expect.stringContaining(`at byte ${LENGTH / 2 + 1}\n`) })
})

test('a bad block is found by reading back, its place is said, and the card does not start', async () => {
  const at = 6 * MIB + 54_321
  const before = card.raw.readUInt8(at) === 255 ? { ROOTSMITH_FLASH_CORRUPT: String(at + 1) } : {}
  const env = { ROOTSMITH_FLASH_TEST: 'corrupt', ROOTSMITH_FLASH_CORRUPT: String(at), ...before }
  const { status, text } = card.flash(['--device', card.path, '--yes'], env)
  expect(status).toBe(4)
  expect(text).toContain('blocks 1536 to 1791 read back differently; the first difference is at byte')
  expect(text).toMatch(new RegExp(`at byte ${at + 1}|at byte ${at + 2}`))
  expect(text).toContain('does not hold what was written')
  expect((await card.content()).subarray(0, MIB).every(byte => byte === 0)).toBe(true)
  expect(card.flash(['--device', card.path, '--yes', '--no-verify'], env).status).toBe(0)
})

test('killed half-way, at any time, it leaves a card without a partition table', async () => {
  const bin = join(card.b.work, 'slow')
  await mkdir(bin, { recursive: true })
  const slowly = 'while (sysread(STDIN, $b, 262144)) { syswrite(STDOUT, $b); select(undef, undef, undef, 0.02) }'
  await writeFile(join(bin, 'xz'), `#!/bin/sh\n/usr/bin/xz "$@" | perl -e '${slowly}'\n`)
  await chmod(join(bin, 'xz'), 0o755)
  const begun = async (place: number): Promise<boolean> => {
    const file = await open(card.path)
    const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, place).finally(() => file.close())
    return buffer.equals(place === 0 ? Buffer.alloc(4096) : card.raw.subarray(place, place + 4096))
  }
  // Once the beginning is cleared, once the first range is there, once the second is; the first block comes after it.
  for (const place of [0, 4 * MIB, 6 * MIB]) {
    await card.blank()
    const env = card.env({ PATH: `${bin}:${process.env.PATH}` })
    // A group of its own, so that all of it is killed at once, as by a power cut.
    const words = ['setsid', '--wait', 'sh', card.script, '--device', card.path, '--yes']
    const child = Bun.spawn(words, { env, stdout: 'ignore', stderr: 'ignore' })
    while (!(await begun(place))) {
      expect(child.exitCode).toBeNull()
      await Bun.sleep(5)
    }
    process.kill(-child.pid, 'SIGKILL')
    await child.exited
    const content = await card.content()
    expect(content.subarray(0, MIB).every(byte => byte === 0)).toBe(true)
    expect(content.equals(expected())).toBe(false)
  }
}, 30_000)

test('it asks for the name of the device, and goes on only with it', async () => {
  const wrong = card.flashByHand(['--device', card.path], 'yes\n')
  expect(wrong.text).toContain('Type card.img to go on')
  expect(wrong.text).toContain('nothing was written')
  expect(wrong.status).toBe(3)
  expect(await card.untouched()).toBe(true)
  const right = card.flashByHand(['--device', card.path], 'card.img\n')
  expect(right.status).toBe(0)
  expect((await card.content()).equals(expected())).toBe(true)
})

test('without a terminal it does not ask and does not write', async () => {
  expect(card.flash(['--device', card.path])).toMatchObject({ status: 2, text: expect.stringContaining('add --yes') })
  expect(card.flash([])).toMatchObject({ status: 2, text: expect.stringContaining('--device') })
  expect(await card.untouched()).toBe(true)
})

test('--yes alone, without a device, is refused', () => {
  expect(card.flash(['--yes'])).toMatchObject({ status: 2, text: expect.stringContaining('--yes needs --device') })
})

test('--dry-run checks and writes nothing', async () => {
  expect(card.flash([`--device=${card.path}`, '--dry-run'])).toMatchObject({
    status: 0,
    text: expect.stringContaining('Would write 3 MiB of 8 MiB'),
  })
  expect(await card.untouched()).toBe(true)
})

test('a device that is too small is refused', async () => {
  await writeFile(card.path, Buffer.alloc(LENGTH - 1, 1))
  expect(card.flash(['--device', card.path, '--yes'])).toMatchObject({
    status: 3,
    text: expect.stringContaining('too small'),
  })
})

test('a plain file or a character device is no disk', () => {
  const refused = { status: 3, text: expect.stringContaining('not a disk') }
  expect(card.flash(['--device', card.path, '--yes'], { ROOTSMITH_FLASH_TEST: '' })).toMatchObject(refused)
  expect(card.flash(['--device', '/dev/null', '--yes'])).toMatchObject(refused)
})

const system = Bun.spawnSync(['findmnt', '-no', 'SOURCE', '/']).stdout.toString().trim().replace(/\[.*/, '')
test.skipIf(!system.startsWith('/dev/'))(
  'the disk that this very system runs from is refused, by any of its names',
  async () => {
    const disk = `/dev/${Bun.spawnSync(['lsblk', '-ndo', 'PKNAME', system]).stdout.toString().trim() || system.slice(5)}`
    const link = join(card.b.work, 'by-another-name')
    await symlink(disk, link)
    for (const name of [disk, link, disk.slice(5)]) {
      for (const options of [['--yes'], ['--dry-run']]) {
        const { status, text } = card.flash(['--device', name, ...options])
        expect(text).toContain('this system runs from it')
        expect(status).toBe(3)
      }
    }
    expect(card.flash(['--list-devices']).text).toMatch(
      new RegExp(`^${disk} .*refused: this system runs from it$`, 'm'),
    )
  },
)

test('an image that is not whole, or not what was packed, is noticed before anything is written', async () => {
  const whole = await readFile(card.run)
  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(whole.length - 1000) ^ 1, whole.length - 1000)
  for (const bytes of [whole.subarray(0, whole.length - 1000), flipped]) {
    await writeFile(card.run, bytes)
    const { status, text } = card.flash(['--device', card.path, '--yes'])
    expect(text).toContain('is damaged: sample.img.xz is not what was packed')
    expect(status).toBe(1)
    expect(card.flash(['--check']).status).toBe(1)
  }
  await writeFile(card.run, whole)
  expect(await card.untouched()).toBe(true)
  expect(card.flash(['--check'])).toEqual({ status: 0, text: 'sample.img.xz: whole\n' })
})

test('an image that cannot be unpacked leaves a card that does not start', async () => {
  const bin = join(card.b.work, 'broken')
  await mkdir(bin)
  await writeFile(join(bin, 'xz'), '#!/bin/sh\n/usr/bin/xz "$@" | head -c 5000000; exit 1\n')
  await chmod(join(bin, 'xz'), 0o755)
  const { status, text } = card.flash(['--device', card.path, '--yes'], { PATH: `${bin}:${process.env.PATH}` })
  expect(text).toContain('could not unpack the image')
  expect(status).toBe(1)
  expect((await card.content()).readUInt16LE(510)).toBe(0)
})

test('--help, --version and bad options say what they are for', () => {
  expect(card.flash(['--version'])).toEqual({ status: 0, text: 'sample 1.2.0\n' })
  expect(card.flash(['--help']).text).toContain('--list-devices')
  expect(card.flash(['--force'])).toMatchObject({
    status: 2,
    text: expect.stringContaining('--force is not an option'),
  })
  expect(card.flash(['--device'])).toMatchObject({ status: 2, text: expect.stringContaining('--device needs a value') })
})

test('shellcheck has nothing to say', () => {
  expect(Bun.spawnSync(['shellcheck', '-s', 'sh', card.script]).stdout.toString()).toBe('')
})
