import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../scripts/config/schema.ts'
import { hasOwnBoot } from '../../scripts/source/boot-files.ts'
import type { Context } from '../../scripts/stage/context.ts'
import { step } from '../../scripts/stage/step.ts'

/**
 * mkinitramfs takes longest of all, and many packages ask for it: the kernel, the firmware, dhcpcd-base below cloud-init.
 * update-initramfs reads this file as shell before anything else, and here it ends every call until 80-initrd, which runs it
 * once. dpkg keeps a file that is there, and puts its own beside it as .dpkg-dist.
 */
export const INITRD_LATER = 'etc/initramfs-tools/update-initramfs.conf'

/** Whether the rootfs gets a kernel or what makes initrds. A package that brings one along unnamed is not known here. */
export const hasInitrd = ({ target, packages }: Config): boolean =>
  target === 'rpi' || packages.some(name => /^(linux-image|initramfs-tools)\b/.test(name))

/** Before what may make an initrd. A rootfs that is brought along may have a file of its own there, which is laid aside like dpkg would. */
export async function putOffInitrd({ rootfs, render }: Pick<Context, 'rootfs' | 'render'>): Promise<void> {
  const file = join(rootfs, INITRD_LATER)
  if (existsSync(file)) await rename(file, `${file}.dpkg-dist`)
  await render(INITRD_LATER)
}

// Early: it is large and changes rarely, so most changes of a config leave this layer alone.
export default step({
  title: 'Install the kernel and the firmware',
  skip: ({ config }) => {
    if (config.target === 'jetson') return 'the BSP brings a kernel'
    return config.target === 'generic' && 'a generic rootfs has no kernel'
  },

  async run({ config, rootfs, apt, render, log }) {
    if (config.from.rootfs && hasOwnBoot(rootfs))
      return log.info('the rootfs that is brought along keeps its own kernel and firmware')
    await putOffInitrd({ rootfs, render })
    // The firmware's package copies itself to /boot/firmware. Kernel, initrd, device trees and config.txt follow with the
    // initrd, since its hook does nothing as long as there is none. zstd is only recommended; without it mkinitramfs falls
    // back to gzip: larger, and slower to unpack on the device.
    await apt.install(['linux-image-arm64', 'raspi-firmware', 'initramfs-tools', 'zstd'])
  },
})
