/** templates/flash/rpi.sh.ejs, run as a user would run it; a plain file stands for the card. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFlashScript } from '../../scripts/output/bundle.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { writeFacts } from '../../scripts/output/facts.ts'
import { MIB } from '../../scripts/output/size.ts'
import { type Bench, bench } from './harness.ts'

const LENGTH = 6 * MIB
let b: Bench
let raw: Buffer
let card: string
let run: string

beforeAll(async () => {
  b = await bench()
  raw = Buffer.concat([randomBytes(MIB), Buffer.alloc(4 * MIB), randomBytes(MIB)])
  await writeFile(join(b.work, 'sample.img'), raw)
  const sha256 = await sha256File(join(b.work, 'sample.img'))
  await writeFacts(b.out, 'sample', { image_sha256: sha256, image_bytes: LENGTH, mapped_bytes: LENGTH })
  const packed = Bun.spawnSync(['xz', '-1', '-k', join(b.work, 'sample.img')])
  expect(packed.exitCode).toBe(0)
  // A .run with nothing before its payload.
  run = join(b.work, 'sample.img.xz')
  await writeFlashScript(b, [{ name: 'sample.img.xz', path: run }], join(b.work, 'flash.sh'))
  card = join(b.work, 'card.img')
})
afterAll(() => b.close())
beforeEach(() => writeFile(card, Buffer.alloc(LENGTH + MIB, 1)))

type Result = { status: number; text: string }

function flash(args: string[], env: Record<string, string> = { ROOTSMITH_FLASH_TEST: '1' }): Result {
  const words = ['sh', join(b.work, 'flash.sh'), ...args]
  const settings = { PATH: process.env.PATH ?? '', ROOTSMITH_RUN: run, ...env }
  const done = Bun.spawnSync(words, { env: settings, stdin: 'ignore', stderr: 'pipe' })
  return { status: done.exitCode, text: done.stdout.toString() + done.stderr.toString() }
}

/** The same on a pseudo-terminal, where `typed` is typed. */
function flashByHand(args: string[], typed: string): Result {
  const command = `sh '${join(b.work, 'flash.sh')}' ${args.map(word => `'${word}'`).join(' ')}`
  const env = { PATH: process.env.PATH ?? '', SHELL: '/bin/sh', ROOTSMITH_RUN: run, ROOTSMITH_FLASH_TEST: '1' }
  const done = Bun.spawnSync(['script', '-qec', command, '/dev/null'], { env, stdin: Buffer.from(typed) })
  return { status: done.exitCode, text: done.stdout.toString() }
}

const start = async (): Promise<Buffer> => (await readFile(card)).subarray(0, LENGTH)
const untouched = async (): Promise<boolean> => (await start()).every(byte => byte === 1)

test('it writes the image byte for byte, and nothing behind it', async () => {
  const { status, text } = flash(['--device', card, '--yes'])
  expect(text).toContain('holds sample 1.2.0')
  expect(status).toBe(0)
  expect((await start()).equals(raw)).toBe(true)
  expect((await readFile(card)).subarray(LENGTH).equals(Buffer.alloc(MIB, 1))).toBe(true)
})

test('a bad block is found by reading back, and its place is said', () => {
  const { status, text } = flash(['--device', card, '--yes'], { ROOTSMITH_FLASH_TEST: 'corrupt' })
  expect(status).toBe(4)
  expect(text).toContain(`byte ${LENGTH / 2 + 1}`)
  expect(text).toContain('does not hold what was written')
  expect(flash(['--device', card, '--yes', '--no-verify'], { ROOTSMITH_FLASH_TEST: 'corrupt' }).status).toBe(0)
})

test('it asks for the name of the device, and goes on only with it', async () => {
  const wrong = flashByHand(['--device', card], 'yes\n')
  expect(wrong.text).toContain('Type card.img to go on')
  expect(wrong.text).toContain('nothing was written')
  expect(wrong.status).toBe(3)
  expect(await untouched()).toBe(true)
  const right = flashByHand(['--device', card], 'card.img\n')
  expect(right.status).toBe(0)
  expect((await start()).equals(raw)).toBe(true)
})

test('without a terminal it does not ask and does not write', async () => {
  expect(flash(['--device', card])).toMatchObject({ status: 2, text: expect.stringContaining('add --yes') })
  expect(flash([])).toMatchObject({ status: 2, text: expect.stringContaining('--device') })
  expect(await untouched()).toBe(true)
})

test('--yes alone, without a device, is refused', () => {
  expect(flash(['--yes'])).toMatchObject({ status: 2, text: expect.stringContaining('--yes needs --device') })
})

test('--dry-run checks and writes nothing', async () => {
  expect(flash(['--device', card, '--dry-run'])).toMatchObject({
    status: 0,
    text: expect.stringContaining('Would write 6 MiB'),
  })
  expect(await untouched()).toBe(true)
})

test('a device that is too small is refused', async () => {
  await writeFile(card, Buffer.alloc(LENGTH - 1, 1))
  expect(flash(['--device', card, '--yes'])).toMatchObject({ status: 3, text: expect.stringContaining('too small') })
})

test('a plain file or a character device is no disk', () => {
  expect(flash(['--device', card, '--yes'], {})).toMatchObject({
    status: 3,
    text: expect.stringContaining('not a disk'),
  })
  expect(flash(['--device', '/dev/null', '--yes'])).toMatchObject({
    status: 3,
    text: expect.stringContaining('not a disk'),
  })
})

const system = Bun.spawnSync(['findmnt', '-no', 'SOURCE', '/']).stdout.toString().trim().replace(/\[.*/, '')
test.skipIf(!system.startsWith('/dev/'))(
  'the disk that the system runs from is refused, by any of its names',
  async () => {
    const disk = `/dev/${Bun.spawnSync(['lsblk', '-ndo', 'PKNAME', system]).stdout.toString().trim() || system.slice(5)}`
    const link = join(b.work, 'by-another-name')
    await symlink(disk, link)
    for (const name of [disk, link, disk.slice(5)]) {
      for (const options of [['--yes'], ['--dry-run']]) {
        const { status, text } = flash(['--device', name, ...options])
        expect(text).toContain('this system runs from it')
        expect(status).toBe(3)
      }
    }
    expect(flash(['--list-devices']).text).toMatch(new RegExp(`^${disk} .*refused: this system runs from it$`, 'm'))
  },
)

test('an image that is not whole, or not what was packed, is noticed before anything is written', async () => {
  const whole = await readFile(run)
  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(whole.length - 1000) ^ 1, whole.length - 1000)
  for (const bytes of [whole.subarray(0, whole.length - 1000), flipped]) {
    await writeFile(run, bytes)
    const { status, text } = flash(['--device', card, '--yes'])
    expect(text).toContain('is damaged: sample.img.xz is not what was packed')
    expect(status).toBe(1)
    expect(flash(['--check']).status).toBe(1)
  }
  await writeFile(run, whole)
  expect(await untouched()).toBe(true)
  expect(flash(['--check'])).toEqual({ status: 0, text: 'sample.img.xz: whole\n' })
})

test('--help, --version and bad options say what they are for', () => {
  expect(flash(['--version'])).toEqual({ status: 0, text: 'sample 1.2.0\n' })
  expect(flash(['--help']).text).toContain('--list-devices')
  expect(flash(['--force'])).toMatchObject({ status: 2, text: expect.stringContaining('--force is not an option') })
})

test('shellcheck has nothing to say', () => {
  expect(Bun.spawnSync(['shellcheck', '-s', 'sh', join(b.work, 'flash.sh')]).stdout.toString()).toBe('')
})
