/**
 * Identities derived from the config's name, so that the same config gives the same bytes and two images differ.
 * Stages (fstab, cmdline.txt) and outputs (sfdisk, mke2fs, mkfs.fat) take them from here and nowhere else.
 */
import { createHash } from 'node:crypto'

export type UuidUse = 'root' | 'hash-seed'

const digest = (use: string, name: string): Buffer => createHash('sha256').update(`rootsmith:${use}:${name}`).digest()

/** @returns a UUID of version 8 (RFC 9562: custom, here the first 122 bits of a SHA-256), lower-case. */
export function fsUuid(name: string, use: UuidUse = 'root'): string {
  const bytes = digest(use, name).subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** @returns the MBR's disk signature: 8 lower-case hex digits, never 0 (Linux makes no PARTUUID from 0). */
export function diskId(name: string): string {
  return (digest('disk', name).readUInt32BE(0) || 1).toString(16).padStart(8, '0')
}

/**
 * @param number of the partition, from 1
 * @returns what `root=PARTUUID=…` and fstab name a partition of the image: the disk's signature and two hex digits
 */
export function partUuid(name: string, number: number): string {
  return `${diskId(name)}-${number.toString(16).padStart(2, '0')}`
}

/** @returns the FAT volume id: 8 lower-case hex digits; blkid shows `0123abcd` as `0123-ABCD`. */
export function fatId(name: string): string {
  return digest('fat', name).toString('hex', 0, 4)
}
