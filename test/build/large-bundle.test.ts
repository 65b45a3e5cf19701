/** A payload past every old limit of tar and 32 bits: how much memory and space a .run of it takes, to make and to flash. */
import { afterAll, expect, test } from 'bun:test'
import { open, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBmap, mapImage } from '../../scripts/output/bmap.ts'
import { bundle } from '../../scripts/output/bundle.ts'
import { writeChecksum } from '../../scripts/output/digest.ts'
import { writeFacts } from '../../scripts/output/facts.ts'
import { MIB } from '../../scripts/output/size.ts'
import { type Bench, bench } from '../output/harness.ts'

const GIB = 1024 * MIB
const LENGTH = 9 * GIB
const LIMIT = 300 * MIB
/** A part with something in it each GiB, and at both ends. */
const PARTS = [0, ...Array.from({ length: 8 }, (_, n) => (n + 1) * GIB + 12_288), LENGTH - MIB]

const b: Bench = await bench({ image: { compression: { format: 'none' } } })
afterAll(() => b.close())
const run = join(b.out, 'sample-1.2.0.run')
const card = join(b.work, 'card.img')

/** Bytes on the disk, holes left out. */
const space = async (path: string): Promise<number> => (await stat(path)).blocks * 512

test('a .run of 9 GiB is made without a copy of it, with less than 300 MiB of memory', async () => {
  const image = join(b.out, 'sample.img')
  await writeFile(image, '')
  await truncate(image, LENGTH)
  const file = await open(image, 'r+')
  const part = Buffer.alloc(MIB)
  for (const place of PARTS) await file.write(crypto.getRandomValues(part.subarray(0, 65_536)) && part, 0, MIB, place)
  await file.close()
  const map = await mapImage(image, new Uint8Array(LENGTH / 4096))
  await writeFile(join(b.out, 'sample.img.bmap'), formatBmap(map))
  await writeFacts(b.out, 'sample', { image_sha256: map.sha256, image_bytes: LENGTH, mapped_bytes: 0 })
  await writeChecksum(image)

  const before = await space(b.out)
  let most = 0
  const ticker = setInterval(async () => {
    const { stdout } = Bun.spawnSync(['du', '-s', '--block-size=1', b.work])
    most = Math.max(most, Number.parseInt(stdout.toString(), 10))
  }, 500)
  await bundle.make(b)
  clearInterval(ticker)
  expect((await stat(run)).size).toBeGreaterThan(LENGTH)
  // The image is sparse, and so is the .run; beside it only makeself's small archive was written.
  expect((await space(run)) - before).toBeLessThan(32 * MIB)
  expect(most).toBeLessThan(8 * MIB)
  const peak = process.resourceUsage().maxRSS * 1024
  process.stdout.write(
    `  making it: ${Math.round(peak / MIB)} MiB at most, ${Math.round(most / 1024)} KiB in the work folder\n`,
  )
  expect(peak).toBeLessThan(LIMIT)
})

test('it is checked and flashes a card with less than 300 MiB of memory, and hardly anything in TMPDIR', async () => {
  await writeFile(card, '')
  await truncate(card, LENGTH)
  const env = { PATH: process.env.PATH ?? '', TMPDIR: b.work, ROOTSMITH_FLASH_TEST: '1' }
  const before = await space(b.work)
  const flash = Bun.spawn(['sh', run, '--device', card, '--yes'], { env, stdout: 'pipe', stderr: 'pipe' })
  let most = 0
  const ticker = setInterval(() => {
    const { stdout } = Bun.spawnSync(['du', '-s', '--block-size=1', '--exclude=card.img', b.work])
    most = Math.max(most, Number.parseInt(stdout.toString(), 10) - before)
  }, 500)
  const status = await flash.exited
  clearInterval(ticker)
  expect(await new Response(flash.stderr).text()).toBe('')
  expect(status).toBe(0)
  // Of the largest process: the script's shell, and all that it waited for.
  const peak = flash.resourceUsage()?.maxRSS ?? Number.POSITIVE_INFINITY
  process.stdout.write(
    `  flashing it: ${Math.round(peak / MIB)} MiB at most, ${Math.round(most / 1024)} KiB in TMPDIR\n`,
  )
  expect(peak).toBeLessThan(LIMIT)
  expect(most).toBeLessThan(8 * MIB)

  const [image, written] = await Promise.all([open(join(b.out, 'sample.img')), open(card)])
  for (const place of PARTS) {
    const [one, other] = await Promise.all([image, written].map(file => file.read(Buffer.alloc(MIB), 0, MIB, place)))
    expect(one?.buffer.equals(other?.buffer ?? Buffer.alloc(0))).toBe(true)
  }
  await Promise.all([image.close(), written.close()])
})
