import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { step } from '../../scripts/stage/step.ts'
import { hasInitrd, INITRD_LATER } from '../20-kernel/10-install-kernel.ts'

// After everything that may bring hooks, modules or firmware for the initrd, and the one time that it is made (20-kernel says
// why). Its own stage: what is cleaned up after it can change without making it again.
export default step({
  title: 'Make the initrd and fill the boot partition',
  skip: ({ config }) => !hasInitrd(config) && 'no package makes an initrd',

  async run({ config, rootfs, chroot, remove, log }) {
    const later = join(rootfs, INITRD_LATER)
    if (!existsSync(later) || !(await readFile(later, 'utf8')).includes('Made by Rootsmith'))
      return log.info('the rootfs that is brought along keeps its own initrd')
    const own = join(rootfs, `${INITRD_LATER}.dpkg-dist`)
    if (!existsSync(own)) {
      // A kernel without initramfs-tools, which trixie's only recommend.
      await remove(`/${INITRD_LATER}`)
      await chroot`rmdir --ignore-fail-on-non-empty ${`/${dirname(INITRD_LATER)}`}`
      return
    }
    // The package's own file, which dpkg laid beside that of the build.
    await rename(own, later)
    // raspi-firmware's hook then copies kernel, initrd and device trees to /boot/firmware, and writes config.txt and cmdline.txt.
    await chroot`update-initramfs -c -k all`
    if (config.target !== 'rpi') return
    // The hook only prints a message when it finds nothing to copy.
    await chroot`test -s /boot/firmware/cmdline.txt && grep -q ^initramfs /boot/firmware/config.txt`
  },
})
