import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { step } from '../../scripts/stage/step.ts'

const CONF = 'etc/initramfs-tools/update-initramfs.conf'

// After everything that may bring hooks, modules or firmware for the initrd, and the one time that it is made (20-kernel says
// why). Its own stage: what is cleaned up after it can change without making it again.
export default step({
  title: 'Make the initrd and fill the boot partition',
  skip: ({ config }) => config.target === 'generic' && 'a generic rootfs has no kernel',

  async run({ rootfs, chroot }) {
    // The package's own file, which dpkg laid beside that of the build.
    await rename(join(rootfs, `${CONF}.dpkg-dist`), join(rootfs, CONF))
    // raspi-firmware's hook then copies kernel, initrd and device trees to /boot/firmware, and writes config.txt and cmdline.txt.
    await chroot`update-initramfs -c -k all`
    // The hook only prints a message when it finds nothing to copy.
    await chroot`test -s /boot/firmware/cmdline.txt && grep -q ^initramfs /boot/firmware/config.txt`
  },
})
