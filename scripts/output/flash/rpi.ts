/** A Raspberry Pi: its image goes to a card or a USB disk, in the user's machine. */
import { join } from 'node:path'
import { compressionOf, imageFile } from '../compress.ts'
import { readFacts } from '../facts.ts'
import type { Flash } from './table.ts'

export const rpi: Flash = {
  needs: ['image'],
  template: 'rpi.sh.ejs',
  payloads: async ({ config, out }) => [{ name: imageFile(config), path: join(out, imageFile(config)) }],
  async values({ config, label, out }) {
    const facts = await readFacts(out, config.name)
    return {
      name: config.name,
      label,
      image: imageFile(config),
      decompress: compressionOf(config).decompress,
      bytes: facts.image_bytes,
      sha256: facts.image_sha256,
    }
  },
}
