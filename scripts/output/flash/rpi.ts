/** A Raspberry Pi: its image goes to a card or a USB disk, in the user's machine. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compressionOf, imageFile } from '../compress.ts'
import { readFacts } from '../facts.ts'
import { bootPartition } from '../image.ts'
import type { OutputContext } from '../table.ts'
import type { Flash } from './table.ts'

/** What cloud-init reads on the device; without it there is nobody to tell. */
const userData = ({ rootfs }: OutputContext): string => join(rootfs, 'boot/firmware/user-data')

const bmapFile = (name: string): string => `${name}.img.bmap`

export const rpi: Flash = {
  needs: ['image'],
  template: 'rpi.sh.ejs',
  async payloads({ config, out }) {
    const path = join(out, imageFile(config))
    const [sha256 = ''] = (await readFile(`${path}.sha256`, 'utf8')).split(' ')
    return [{ name: imageFile(config), path, sha256 }]
  },
  async files(context) {
    const { config, out } = context
    return [join(out, bmapFile(config.name)), ...(existsSync(userData(context)) ? [userData(context)] : [])]
  },
  async values(context) {
    const { config, label, out, rootfs } = context
    const facts = await readFacts(out, config.name)
    const boot = bootPartition(config)
    // Looked for where it works from: the config alone does not say what a rootfs of another's brought along.
    const wifi = existsSync(join(rootfs, 'etc/wpa_supplicant/wpa_supplicant-wlan0.conf'))
    return {
      name: config.name,
      label,
      image: imageFile(config),
      bmap: bmapFile(config.name),
      decompress: compressionOf(config).decompress,
      bytes: facts.image_bytes,
      sha256: facts.image_sha256,
      seed: existsSync(userData(context)) ? 'yes' : '',
      wifi: wifi ? 'yes' : '',
      country: config.network.wifi?.country ?? '',
      boot_offset: boot.offset,
      boot_bytes: boot.size,
    }
  },
}
