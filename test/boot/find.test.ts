import { expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectedDigest, findImage } from '../../scripts/boot/find.ts'

const sha = (text: string): string => new Bun.CryptoHasher('sha256').update(text).digest('hex')
const out = (files: Record<string, string>): string => {
  const dir = mkdtempSync(join(tmpdir(), 'find-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

test('findImage takes whichever compression the build made', async () => {
  for (const name of ['pi.img.xz', 'pi.img.zst', 'pi.img']) {
    const dir = out({ [name]: 'image', [`${name}.sha256`]: `${sha('image')}  ${name}\n` })
    expect(await findImage(dir, 'pi')).toBe(join(dir, name))
  }
})

test('findImage says what to do when nothing was built', async () => {
  await expect(findImage(out({}), 'pi')).rejects.toThrow(/no image in/)
})

test('findImage refuses an image that is not the one that was built', async () => {
  const dir = out({ 'pi.img.xz': 'other', 'pi.img.xz.sha256': `${sha('image')}  pi.img.xz\n` })
  await expect(findImage(dir, 'pi')).rejects.toThrow(/is not the image that was built/)
})

test('findImage refuses an image without its checksum', async () => {
  await expect(findImage(out({ 'pi.img': 'image' }), 'pi')).rejects.toThrow(/sha256 is missing/)
})

test('expectedDigest reads text and binary lines of sha256sum, and only for that name', () => {
  const digest = sha('x')
  expect(expectedDigest(`${sha('y')}  xpi.img\n${digest} *pi.img\n`, 'pi.img')).toBe(digest)
  expect(expectedDigest(`${digest}  other\n`, 'pi.img')).toBeUndefined()
})
