import type { Config } from '../../scripts/config/schema.ts'
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

// Early: it is large and changes rarely, so most changes of a config leave this layer alone.
export default step({
  title: 'Install the kernel and the firmware',
  skip: ({ config }) => {
    if (config.target === 'jetson') return 'the BSP brings a kernel'
    return config.target === 'generic' && 'a generic rootfs has no kernel'
  },

  async run({ apt, render }) {
    await render(INITRD_LATER)
    // The firmware's package copies itself to /boot/firmware. Kernel, initrd, device trees and config.txt follow with the
    // initrd, since its hook does nothing as long as there is none. zstd is only recommended; without it mkinitramfs falls
    // back to gzip: larger, and slower to unpack on the device.
    await apt.install(['linux-image-arm64', 'raspi-firmware', 'initramfs-tools', 'zstd'])
  },
})
