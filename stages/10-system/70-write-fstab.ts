import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { UserError } from '../../scripts/lib/errors.ts'
import { partUuid } from '../../scripts/output/ids.ts'
import { setDevices } from '../../scripts/source/boot-files.ts'
import { bootFolder } from '../../scripts/source/disk.ts'
import { resolveIn } from '../../scripts/stage/files.ts'
import { step } from '../../scripts/stage/step.ts'

// Before the kernel: mkinitramfs reads here which fsck the root file system needs.
export default step({
  title: 'Write fstab',
  skip: ({ config }) => config.target !== 'rpi' && `a ${config.target} rootfs gets its disk elsewhere`,

  async run({ config, rootfs, chroot, render, write }) {
    // The same id the image's partition table gets; it stays when a partition grows, and on whatever bus the card sits.
    const [boot, root] = [partUuid(config.name, 1), partUuid(config.name, 2)]
    const file = resolveIn(rootfs, 'etc/fstab')
    if (config.from.rootfs && existsSync(file)) {
      const text = await readFile(file, 'utf8')
      const where = bootFolder(text) ?? '/boot/firmware'
      if (where !== '/boot/firmware')
        throw new UserError(
          `the rootfs mounts its boot partition at ${where}, and the target ${config.target} has it at /boot/firmware`,
          {
            hint: 'take a Raspberry Pi OS of Debian 12 or later',
          },
        )
      await write('/etc/fstab', setDevices(text, { '/': `PARTUUID=${root}`, '/boot/firmware': `PARTUUID=${boot}` }))
    } else await render('etc/fstab.ejs', { boot, root })
    await chroot`mkdir -p /boot/firmware`
  },
})
