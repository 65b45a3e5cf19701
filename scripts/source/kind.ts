/** What a file is, by its first bytes: names lie, and what a server sends may be a page that says it has nothing. */
import { closeSync, openSync, readSync } from 'node:fs'

export type Compression = {
  name: string
  /** Its first bytes, in hex. */
  magic: string
  /** Words of the command that undoes it to stdout. */
  decompress: readonly string[]
}

export const COMPRESSIONS: readonly Compression[] = [
  { name: 'xz', magic: 'fd377a585a00', decompress: ['xz', '-dc', '-T0'] },
  { name: 'gzip', magic: '1f8b', decompress: ['gzip', '-dc'] },
  { name: 'zstd', magic: '28b52ffd', decompress: ['zstd', '-qdc'] },
  { name: 'bzip2', magic: '425a68', decompress: ['bzip2', '-dc'] },
]

/** The start of a file, as far as it goes. */
export function headOf(file: string, bytes = 4096, offset = 0): Buffer {
  const head = Buffer.alloc(bytes)
  const handle = openSync(file, 'r')
  try {
    return head.subarray(0, readSync(handle, head, 0, bytes, offset))
  } finally {
    closeSync(handle)
  }
}

export const compressionOf = (head: Buffer): Compression | undefined =>
  COMPRESSIONS.find(({ magic }) => head.toString('hex', 0, magic.length / 2) === magic)

/** Formats that people take for a rootfs, or get instead of one; how they begin, in hex, and where. */
const OTHERS: readonly [name: string, magic: string, offset?: number][] = [
  ['a zip archive', '504b0304'],
  ['a 7-Zip archive', '377abcaf'],
  ['a Debian package', '213c617263683e0a64656269616e'],
  ['a QEMU image (`qemu-img convert -O raw` makes a plain one)', '514649fb'],
  ['an Android sparse image (`simg2img` makes a plain one)', '3aff26ed'],
  ['a squashfs file system', '68737173'],
  ['a program', '7f454c46'],
  ['a tar archive', '7573746172', 257],
]

/** What the file is instead of what it should be: `empty`, `a zip archive`. */
export function otherThan(head: Buffer): string | undefined {
  if (head.length === 0) return 'empty'
  const found = OTHERS.find(([, magic, at = 0]) => head.toString('hex', at, at + magic.length / 2) === magic)
  if (found) return found[0]
  const packed = compressionOf(head)
  if (packed) return `compressed by ${packed.name}`
  if (/^\s*<(!doctype|html)/i.test(head.toString('latin1'))) return 'a page of HTML'
  return head.every(byte => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)) ? 'text' : undefined
}
