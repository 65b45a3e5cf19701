/** What cannot be seen of an image once it is compressed: NAME.img.json in out/, for flash tools and metadata.json. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'

const facts = v.strictObject({
  /** SHA-256 of the image before compression. */
  image_sha256: v.string(),
  /** Its length in bytes. */
  image_bytes: v.number(),
  /** What a tool that goes by the bmap writes of it, in bytes. */
  mapped_bytes: v.number(),
})
export type Facts = v.InferOutput<typeof facts>

export const factsFile = (name: string): string => `${name}.img.json`

export async function writeFacts(out: string, name: string, content: Facts): Promise<void> {
  await writeFile(join(out, factsFile(name)), `${JSON.stringify(content, null, 2)}\n`)
}

export async function readFacts(out: string, name: string): Promise<Facts> {
  return v.parse(facts, JSON.parse(await readFile(join(out, factsFile(name)), 'utf8')))
}
