/** The image that a build left in out/<name>/. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'

/** Endings of image.compression's formats. */
const ENDINGS = ['.img.xz', '.img.zst', '.img']

/**
 * @param folder out/<name>.
 * @returns the absolute path of the image; its content was compared with the `.sha256` beside it.
 * @throws UserError when there is none, or when it is not what the build wrote.
 */
export async function findImage(folder: string, name: string): Promise<string> {
  const image = ENDINGS.map(ending => join(folder, `${name}${ending}`)).find(path => existsSync(path))
  if (!image) {
    throw new UserError(`no image in ${shown(folder)}`, {
      hint: 'build it first: `just build`, with `outputs: [image]` in the config',
    })
  }
  const sums = `${image}.sha256`
  if (!existsSync(sums))
    throw new UserError(`${shown(sums)} is missing`, { hint: 'build the image again: `just build`' })
  const expected = expectedDigest(readFileSync(sums, 'utf8'), basename(image))
  const actual = await sha256(image)
  if (actual !== expected) {
    throw new UserError(`${shown(image)} is not the image that was built: its SHA-256 is ${actual}`, {
      hint: `${shown(sums)} says ${expected ?? 'nothing about it'}; build it again: \`just build\``,
    })
  }
  return image
}

/** @returns the digest that a `sha256sum` file gives for a name. */
export function expectedDigest(sums: string, name: string): string | undefined {
  const line = sums.split('\n').find(entry => entry.replace(/^[0-9a-f]{64} [ *]/, '') === name)
  return line?.slice(0, 64)
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
