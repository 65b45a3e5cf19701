import { step } from '../../scripts/stage/step.ts'

// Early: it is large and changes rarely, so most changes of a config leave this layer alone.
export default step({
  title: 'Install the kernel and the firmware',
  skip: ({ config }) => config.target === 'generic' && 'a generic rootfs has no kernel',

  async run({ apt }) {
    // The firmware's package copies itself to /boot/firmware; kernel, initrd, device trees and config.txt follow with the
    // initrd (80-initrd), since its hook does nothing as long as there is none.
    await apt.install(['linux-image-arm64', 'raspi-firmware'])
  },
})
