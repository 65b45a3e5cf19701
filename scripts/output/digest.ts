/** SHA-256 of files. */
import { open, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { MIB } from './size.ts'

/** @returns lower-case hex. */
export async function sha256File(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256')
  const file = await open(path)
  try {
    const buffer = Buffer.allocUnsafe(4 * MIB)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return hasher.digest('hex')
      hasher.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/**
 * Writes `path`.sha256, which `sha256sum -c` accepts in the folder of the file: the name in it is relative.
 * @returns the digest
 */
export async function writeChecksum(path: string): Promise<string> {
  const digest = await sha256File(path)
  await writeFile(`${path}.sha256`, `${digest}  ${basename(path)}\n`)
  return digest
}
