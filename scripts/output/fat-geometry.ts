/** Where things are in a FAT file system, read from its boot sector (Microsoft's FAT specification 1.03). */
import { type FileHandle, open } from 'node:fs/promises'

export type FatGeometry = {
  bits: 12 | 16 | 32
  clusters: number
  clusterBytes: number
  /** Bytes from the start of the file system to its first cluster, number 2. */
  dataStart: number
  /** Bytes from the start of the file system to its first allocation table. */
  tableStart: number
}

/** @param offset of the file system in the file, in bytes */
export async function readGeometry(path: string, offset: number): Promise<FatGeometry> {
  const file = await open(path)
  try {
    const boot = await read(file, offset, 512)
    const sector = boot.readUInt16LE(11)
    const perCluster = boot.readUInt8(13)
    const reserved = boot.readUInt16LE(14)
    const tables = boot.readUInt8(16)
    const rootEntries = boot.readUInt16LE(17)
    const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32)
    const tableSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36)
    const data = reserved + tables * tableSectors + Math.ceil((rootEntries * 32) / sector)
    const clusters = Math.floor((sectors - data) / perCluster)
    return {
      // The number of clusters, and nothing else, tells which kind it is.
      bits: clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32,
      clusters,
      clusterBytes: sector * perCluster,
      dataStart: data * sector,
      tableStart: reserved * sector,
    }
  } finally {
    await file.close()
  }
}

/** @returns bytes from the start of the file system to the end of its last cluster in use. */
export async function usedLength(path: string, offset: number, geometry: FatGeometry): Promise<number> {
  const { bits, clusters, clusterBytes, dataStart, tableStart } = geometry
  if (bits === 12) return dataStart + clusters * clusterBytes
  const file = await open(path)
  try {
    const width = bits / 8
    const table = await read(file, offset + tableStart, (clusters + 2) * width)
    let last = clusters + 1
    while (last >= 2 && table.readUIntLE(last * width, width) === 0) last--
    return dataStart + (last - 1) * clusterBytes
  } finally {
    await file.close()
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  if (bytesRead < length) throw new Error(`the image ends ${length - bytesRead} bytes inside its boot partition`)
  return buffer
}
