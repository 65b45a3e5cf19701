/** How an image is compressed: an entry each. All give the same bytes however many cores there are. */
import { availableParallelism } from 'node:os'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'

type Format = NonNullable<Config['image']['compression']['format']>

export type Compression = {
  /** Behind `.img`; '' when it stays as it is. */
  suffix: string
  level: number
  highest: number
  /** Words of the command that reads a file named after them and writes to stdout. */
  command(level: number): string[]
  /** Words of the command that undoes it from stdin to stdout, on any Linux: for the flash script. */
  decompress: string
}

const threads = availableParallelism()

export const COMPRESSIONS: Record<Format, Compression> = {
  xz: {
    suffix: '.xz',
    // 1016 MiB of config/rpi.yaml's image: -1 62 s of CPU, 296 MB; -2 113 s, 289 MB; -3 161 s, 281 MB. The first doubles the
    // time for 2 % of the size, and compressing is most of what a build with a warm cache does.
    level: 1,
    highest: 9,
    // `+`: cut into blocks even with a single thread, so that one core and eight write the same; the size of the blocks is
    // named, as it otherwise depends on the level. --no-adjust: fail rather than write other bytes when memory is short.
    command: level => [
      'xz',
      '--format=xz',
      '--check=crc64',
      `-${level}`,
      '-c',
      `-T+${threads}`,
      '--block-size=24MiB',
      '--no-adjust',
    ],
    decompress: 'xz -dc',
  },
  zstd: {
    suffix: '.zst',
    level: 9,
    highest: 19,
    command: level => ['zstd', '-q', `-${level}`, '-c', `-T${threads}`],
    decompress: 'zstd -qdc',
  },
  none: { suffix: '', level: 0, highest: 19, command: () => ['cat'], decompress: 'cat' },
}

/** @throws UserError for a level that the format does not have. */
export function compressionOf(config: Config): Compression {
  const { format, level } = config.image.compression
  const compression = COMPRESSIONS[format]
  if (level === undefined) return compression
  if (level > compression.highest)
    throw new UserError(`image.compression.level: ${format} has levels 1 to ${compression.highest}, not ${level}`)
  return { ...compression, level }
}

/** @returns the image's name in out/. */
export const imageFile = (config: Config): string =>
  `${config.name}.img${COMPRESSIONS[config.image.compression.format].suffix}`
