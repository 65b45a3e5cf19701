/** The Pi's flash script over a small image that is made up, run as a user would run it; a plain file stands for the card. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBmap, mapImage } from '../../../scripts/output/bmap.ts'
import { writeFlashScript } from '../../../scripts/output/bundle.ts'
import { writeFacts } from '../../../scripts/output/facts.ts'
import { MIB } from '../../../scripts/output/size.ts'
import { type Bench, bench } from '../harness.ts'

export type Result = { status: number; text: string }

export const LENGTH = 8 * MIB
/** Blocks of the image with something in them: the first, as in a real image, then two ranges. */
const FULL = [
  [0, 4096],
  [4 * MIB, 5 * MIB],
  [6 * MIB, 7 * MIB],
] as const

export class Card {
  raw: Buffer = Buffer.alloc(LENGTH)
  private constructor(readonly b: Bench) {}

  /** @param part of the config. */
  static async make(part: Record<string, unknown> = {}, prepare?: (b: Bench) => Promise<void>): Promise<Card> {
    const card = new Card(await bench(part))
    await prepare?.(card.b)
    for (const [from, to] of FULL) randomBytes(to - from).copy(card.raw, from)
    // The signature that a Pi's ROM, and every kernel, looks for.
    card.raw.writeUInt16LE(0xaa55, 510)
    await card.pack()
    await card.blank()
    return card
  }

  /** Packs the image, anew after `raw` was changed, and renders the script for it. */
  async pack(): Promise<void> {
    const { work, out } = this.b
    const image = join(work, 'sample.img')
    await writeFile(image, this.raw)
    const map = await mapImage(image, new Uint8Array(LENGTH / 4096))
    await writeFile(this.map, formatBmap(map))
    await writeFacts(out, 'sample', { image_sha256: map.sha256, image_bytes: LENGTH, mapped_bytes: LENGTH })
    const packed = Bun.spawnSync(['xz', '-1', '-k', '-f', image])
    if (packed.exitCode !== 0) throw new Error(packed.stderr.toString())
    await writeFlashScript(this.b, [{ name: 'sample.img.xz', path: this.run }], this.script)
  }

  /** A .run with nothing before its payload. */
  get run(): string {
    return join(this.b.work, 'sample.img.xz')
  }
  get script(): string {
    return join(this.b.work, 'flash.sh')
  }
  get map(): string {
    return join(this.b.work, 'sample.img.bmap')
  }
  get path(): string {
    return join(this.b.work, 'card.img')
  }

  /** What was on the card before: ones, and more of them than the image has. */
  async blank(): Promise<void> {
    await writeFile(this.path, Buffer.alloc(LENGTH + MIB, 1))
  }
  content(): Promise<Buffer> {
    return readFile(this.path)
  }
  async untouched(): Promise<boolean> {
    return (await this.content()).every(byte => byte === 1)
  }

  env(more: Record<string, string> = {}): Record<string, string> {
    return { PATH: process.env.PATH ?? '', ROOTSMITH_RUN: this.run, ROOTSMITH_FLASH_TEST: '1', ...more }
  }
  flash(args: string[], env: Record<string, string> = {}): Result {
    const done = Bun.spawnSync(['sh', this.script, ...args], { env: this.env(env), stdin: 'ignore', cwd: this.b.work })
    return { status: done.exitCode, text: done.stdout.toString() + done.stderr.toString() }
  }
  /** The same on a pseudo-terminal, where `typed` is typed. */
  flashByHand(args: string[], typed: string): Result {
    const command = `sh '${this.script}' ${args.map(word => `'${word}'`).join(' ')}`
    const env = this.env({ SHELL: '/bin/sh' })
    const done = Bun.spawnSync(['script', '-qec', command, '/dev/null'], { env, stdin: Buffer.from(typed) })
    return { status: done.exitCode, text: done.stdout.toString() }
  }

  /** The same, answering each question when it is asked: what is typed before is shown whatever the script does. */
  async flashAnswering(args: string[], answers: [question: string, answer: string][]): Promise<Result> {
    const command = `sh '${this.script}' ${args.map(word => `'${word}'`).join(' ')}`
    const env = this.env({ SHELL: '/bin/sh' })
    const child = Bun.spawn(['script', '-qec', command, '/dev/null'], { env, stdin: 'pipe', stdout: 'pipe' })
    const open = [...answers]
    let text = ''
    for await (const piece of child.stdout) {
      text += Buffer.from(piece).toString()
      if (!open[0] || !text.includes(open[0][0])) continue
      child.stdin.write(`${open.shift()?.[1]}\n`)
      child.stdin.flush()
      if (open.length === 0) child.stdin.end()
    }
    return { status: await child.exited, text }
  }

  close(): Promise<void> {
    return this.b.close()
  }
}
