import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { partUuid } from '../../scripts/output/ids.ts'
import { hasOwnBoot, setRoot, setRootPart } from '../../scripts/source/boot-files.ts'
import { step } from '../../scripts/stage/step.ts'

// After raspi-firmware, whose configuration file this is: written before, dpkg would ask which one to keep.
export default step({
  title: 'Say what the firmware boots',
  skip: ({ config }) => {
    if (config.target === 'jetson') return 'the BSP brings what boots'
    return config.target === 'generic' && 'a generic rootfs has no boot partition'
  },

  async run({ config, rootfs, render, write }) {
    const root = `PARTUUID=${partUuid(config.name, 2)}`
    if (config.from.rootfs && hasOwnBoot(rootfs)) {
      // Pi OS keeps cmdline.txt when a kernel is updated; Debian's raspi-firmware writes it anew from its configuration.
      for (const [path, change] of [
        ['boot/firmware/cmdline.txt', setRoot],
        ['etc/default/raspi-firmware', setRootPart],
      ] as const) {
        const file = join(rootfs, path)
        if (existsSync(file)) await write(path, change(await readFile(file, 'utf8'), root))
      }
      return
    }
    await render('etc/default/raspi-firmware.ejs', { root })
    await render('etc/initramfs-tools/conf.d/rootsmith.conf')
  },
})
