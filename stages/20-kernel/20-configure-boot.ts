import { partUuid } from '../../scripts/output/ids.ts'
import { step } from '../../scripts/stage/step.ts'

// After raspi-firmware, whose configuration file this is: written before, dpkg would ask which one to keep.
export default step({
  title: 'Say what the firmware boots',
  skip: ({ config }) => {
    if (config.target === 'jetson') return 'the BSP brings what boots'
    return config.target === 'generic' && 'a generic rootfs has no boot partition'
  },

  async run({ config, render }) {
    await render('etc/default/raspi-firmware.ejs', { root: `PARTUUID=${partUuid(config.name, 2)}` })
    await render('etc/initramfs-tools/conf.d/rootsmith.conf')
  },
})
