import { step } from '../../scripts/stage/step.ts'
import { hostnameOf } from '../10-system/20-set-hostname.ts'

// After cloud-init: what a config may hold was checked before the build (scripts/config/rules/cloud-init.ts), what its keys
// mean is known to cloud-init itself. On the device it would skip what it does not understand without a word.
export default step({
  title: 'Put the NoCloud seed on the boot partition',
  skip: ({ config }) => !config.cloud_init && 'cloud_init is not set',

  async run({ config, chroot, source, write, render }) {
    const seed = config.cloud_init
    if (!seed) return
    await write('/boot/firmware/user-data', await source(seed.user_data))
    await chroot`cloud-init schema --config-file /boot/firmware/user-data`
    if (seed.network_config) await write('/boot/firmware/network-config', await source(seed.network_config))
    if (seed.meta_data) await write('/boot/firmware/meta-data', await source(seed.meta_data))
    else await render('boot/firmware/meta-data.ejs', { name: config.name, hostname: hostnameOf(config) })
  },
})
