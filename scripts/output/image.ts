/** The disk image: MBR, a FAT boot partition, an ext4 root partition, all written into one sparse file. */
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { formatBmap, type ImageMap, mapImage } from './bmap.ts'
import { compressionOf, imageFile } from './compress.ts'
import { writeChecksum } from './digest.ts'
import { writeExt4 } from './ext4.ts'
import { layOut } from './ext4-layout.ts'
import { factsFile, writeFacts } from './facts.ts'
import { writeFat } from './fat.ts'
import { whileItGrows } from './growing.ts'
import { diskId } from './ids.ts'
import { imagerFile, writeImagerList } from './imager.ts'
import { MIB, parseSize, roundUp } from './size.ts'
import type { Output, OutputContext } from './table.ts'
import { BLOCK, measureTree } from './tree.ts'
import { blocksInUse, type Partitions } from './usage.ts'

/** Where the boot partition is mounted: its contents are not in the root file system. */
const FIRMWARE = 'boot/firmware'
/** Partitions start and end at multiples of it: the erase block of common cards. */
const ALIGN = 4 * MIB
const SECTOR = 512

export const image: Output = {
  name: 'image',
  needs: [],
  files: config => {
    const file = imageFile(config)
    return [file, `${file}.sha256`, `${config.name}.img.bmap`, factsFile(config.name), imagerFile(config.name)]
  },
  async make(context) {
    const { config, out, work, progress } = context
    const raw = `${config.name}.img`
    progress('writing the file systems')
    const partitions = await assemble(context, raw)
    // The map is read while the compressor runs: both read the image once, and it is in memory still.
    const [map] = await Promise.all([describe(context, partitions), compress(context, raw)])
    await writeFile(join(out, `${raw}.bmap`), formatBmap(map))
    await writeImagerList(context, await writeChecksum(join(out, imageFile(config))))
    await rm(join(work, raw), { force: true })
  },
}

/** @returns where the boot partition lies, in bytes: flash scripts find it before there is a partition table. */
export function bootPartition(config: Config): Partitions['boot'] {
  return { offset: ALIGN, size: roundUp(parseSize(config.image.boot_size), ALIGN) }
}

/**
 * Writes the image into the work folder.
 * @param image its name there
 * @returns where its partitions are
 * @throws UserError when the boot partition is too small, or for files that a partition cannot hold
 */
export async function assemble(context: OutputContext, image: string): Promise<Partitions> {
  const { config, work, tools } = context
  const boot = bootPartition(config)
  await rm(join(work, image), { force: true })
  await writeFile(join(work, image), '')
  await truncate(join(work, image), boot.offset + boot.size)
  await writeFat(context, { image, ...boot, source: FIRMWARE })
  const layout = layOut(await measureTree(context, FIRMWARE), parseSize(config.image.free))
  const offset = boot.offset + boot.size
  const { blocks } = await writeExt4(context, { image, offset, layout, hide: FIRMWARE })
  const partitions = { image, boot, root: { offset, size: blocks * BLOCK } }
  await writeFile(join(work, 'partitions.sfdisk'), partitionTable(config, partitions))
  // Last, as the image only now has its length. `--wipe never`: there is nothing but ours in it.
  await tools`sfdisk -q --no-reread --no-tell-kernel --wipe never --wipe-partitions never ${`/work/${image}`} < /work/partitions.sfdisk`
  return partitions
}

function partitionTable(config: Config, { boot, root }: Partitions): string {
  const place = ({ offset, size }: Partitions['boot']): string => `start=${offset / SECTOR}, size=${size / SECTOR}`
  return [
    `label: dos\nlabel-id: 0x${diskId(config.name)}\nunit: sectors\nsector-size: ${SECTOR}\n`,
    // Type c (FAT32, LBA) is what the Pi's boot ROM looks for.
    `${place(boot)}, type=c, bootable`,
    `${place(root)}, type=83\n`,
  ].join('\n')
}

async function describe(context: OutputContext, partitions: Partitions): Promise<ImageMap> {
  const map = await mapImage(join(context.work, partitions.image), await blocksInUse(context, partitions))
  const mapped = map.runs.reduce((sum, { first, last }) => sum + (last - first + 1) * BLOCK, 0)
  await writeFacts(context.out, context.config.name, {
    image_sha256: map.sha256,
    image_bytes: map.bytes,
    mapped_bytes: mapped,
  })
  return map
}

async function compress(context: OutputContext, raw: string): Promise<void> {
  const { tools } = context
  const { command, level, suffix } = compressionOf(context.config)
  const file = `${raw}${suffix}`
  // cp, for the image as it is: out/ may be another file system, and the holes are kept.
  const made =
    suffix === ''
      ? tools`cp --sparse=always ${`/work/${raw}`} ${`/out/${file}`}`
      : tools`${command(level)} ${`/work/${raw}`} > ${`/out/${file}`}`
  await whileItGrows(context, 'compressing', file, made)
}
