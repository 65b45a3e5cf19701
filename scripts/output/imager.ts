/**
 * A list for Raspberry Pi Imager with this one image in it: Imager 2 customises an image only when a list says how
 * (rpi-imager's doc/schema-notes.md and doc/os_customisation_formats.md).
 */
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imageFile } from './compress.ts'
import { readFacts } from './facts.ts'
import type { OutputContext } from './table.ts'

export const imagerFile = (name: string): string => `${name}.imager.json`

/** Boards that start Debian's arm64 kernel, with the tags of the foundation's own list. */
const BOARDS = [
  { name: 'Raspberry Pi 5', tags: ['pi5-64bit'], description: 'Pi 5, 500, Compute Module 5' },
  { name: 'Raspberry Pi 4', tags: ['pi4-64bit'], description: 'Pi 4, 400, Compute Module 4' },
  { name: 'Raspberry Pi 3', tags: ['pi3-64bit'], description: 'Pi 3, Compute Module 3' },
] as const

/** @param sha256 of the image as it is in out/, compressed. */
export async function writeImagerList(
  { config, label, out, sourceDateEpoch }: OutputContext,
  sha256: string,
): Promise<void> {
  const file = imageFile(config)
  const facts = await readFacts(out, config.name)
  const list = {
    imager: { devices: BOARDS.map(board => ({ ...board, tags: [...board.tags], matching_type: 'inclusive' })) },
    os_list: [
      {
        name: `${config.name} ${label}`,
        description: config.package.description ?? `${config.name} for the Raspberry Pi`,
        // One that Imager brings along.
        icon: 'icons/cat_raspberry_pi_os.png',
        // Imager wants the whole address, which nobody knows here: put `https://…/` or `file:///…/` before the name.
        url: file,
        extract_size: facts.image_bytes,
        extract_sha256: facts.image_sha256,
        image_download_size: (await stat(join(out, file))).size,
        image_download_sha256: sha256,
        release_date: new Date(sourceDateEpoch * 1000).toISOString().slice(0, 10),
        devices: BOARDS.flatMap(({ tags }) => tags),
        init_format: config.cloud_init ? 'cloudinit' : 'none',
      },
    ],
  }
  await writeFile(join(out, imagerFile(config.name)), `${JSON.stringify(list, null, 2)}\n`)
}
