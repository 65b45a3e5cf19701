import { step } from '../../scripts/stage/step.ts'

// mkinitramfs is what takes longest of all under emulation, and many packages ask for it: the kernel, udev, the firmware,
// dhcpcd-base below cloud-init. update-initramfs reads this file as shell before anything else, so until 80-initrd, which
// runs it once, every call ends here. First in the stage, before the kernel's first call.
export default step({
  title: 'Put off the initrd until everything is installed',
  skip: ({ config }) => config.target === 'generic' && 'a generic rootfs has no kernel',

  async run({ apt, chroot, render }) {
    // zstd is only recommended; without it mkinitramfs falls back to gzip: larger, and slower to unpack on the device.
    await apt.install(['initramfs-tools', 'zstd'])
    await chroot`mv /etc/initramfs-tools/update-initramfs.conf /etc/initramfs-tools/update-initramfs.conf.rootsmith`
    await render('etc/initramfs-tools/update-initramfs.conf')
  },
})
