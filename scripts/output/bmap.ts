/**
 * The block map beside an image: which blocks of 4096 bytes must be written, with a digest of each run of them.
 * Format 2.0 of bmap-tools, whose `bmaptool copy` skips the rest.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { MIB } from './size.ts'
import { BLOCK } from './tree.ts'

export type Run = { first: number; last: number; sha256: string }

export type ImageMap = {
  /** Length of the image, in bytes: a multiple of 4096. */
  bytes: number
  /** SHA-256 of the whole image, holes included. */
  sha256: string
  runs: Run[]
}

/**
 * Reads an image once. A block is mapped when it is not all zeroes or when `inUse` says that a file system relies on
 * its zeroes: written to a card without it, the card's old content would show through.
 * It goes by content, never by the holes of the file, so that the map is the same wherever the image was made.
 * @param inUse a byte a block; not 0 means that it is in use
 */
export async function mapImage(path: string, inUse: Uint8Array): Promise<ImageMap> {
  const file = await open(path)
  const whole = new Bun.CryptoHasher('sha256')
  const buffer = Buffer.allocUnsafe(4 * MIB)
  const zeroes = Buffer.alloc(BLOCK)
  const runs: Run[] = []
  let current: { first: number; hasher: Bun.CryptoHasher } | undefined
  let block = 0
  const close = (): void => {
    if (current) runs.push({ first: current.first, last: block - 1, sha256: current.hasher.digest('hex') })
    current = undefined
  }
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, block * BLOCK)
      if (bytesRead === 0) break
      if (bytesRead % BLOCK !== 0) throw new Error(`${path} is not a multiple of ${BLOCK} bytes long`)
      whole.update(buffer.subarray(0, bytesRead))
      for (let at = 0; at < bytesRead; at += BLOCK, block++) {
        const content = buffer.subarray(at, at + BLOCK)
        if (inUse[block] || !content.equals(zeroes)) {
          current ??= { first: block, hasher: new Bun.CryptoHasher('sha256') }
          current.hasher.update(content)
        } else close()
      }
    }
    close()
    return { bytes: block * BLOCK, sha256: whole.digest('hex'), runs }
  } finally {
    await file.close()
  }
}

const UNKNOWN = '0'.repeat(64)

/** @returns the XML of the .bmap file. */
export function formatBmap({ bytes, runs }: ImageMap): string {
  const mapped = runs.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const ranges = runs.map(({ first, last, sha256 }) => {
    return `        <Range chksum="${sha256}"> ${first === last ? first : `${first}-${last}`} </Range>\n`
  })
  const xml = [
    '<?xml version="1.0" ?>\n<!-- Blocks that must be written; see bmap-tools, `bmaptool copy`. -->\n<bmap version="2.0">\n',
    `    <ImageSize> ${bytes} </ImageSize>\n    <BlockSize> ${BLOCK} </BlockSize>\n`,
    `    <BlocksCount> ${bytes / BLOCK} </BlocksCount>\n    <MappedBlocksCount> ${mapped} </MappedBlocksCount>\n`,
    '    <ChecksumType> sha256 </ChecksumType>\n',
    `    <BmapFileChecksum> ${UNKNOWN} </BmapFileChecksum>\n`,
    `    <BlockMap>\n${ranges.join('')}    </BlockMap>\n</bmap>\n`,
  ].join('')
  // The file's own digest is made with zeroes in its place.
  return xml.replace(UNKNOWN, createHash('sha256').update(xml).digest('hex'))
}
