import { partUuid } from '../../scripts/output/ids.ts'
import { step } from '../../scripts/stage/step.ts'

// Before the kernel: mkinitramfs reads here which fsck the root file system needs.
export default step({
  title: 'Write fstab',
  skip: ({ config }) => config.target !== 'rpi' && `a ${config.target} rootfs gets its disk elsewhere`,

  async run({ config, chroot, render }) {
    // The same id the image's partition table gets; it stays when a partition grows, and on whatever bus the card sits.
    await render('etc/fstab.ejs', { boot: partUuid(config.name, 1), root: partUuid(config.name, 2) })
    await chroot`mkdir -p /boot/firmware`
  },
})
