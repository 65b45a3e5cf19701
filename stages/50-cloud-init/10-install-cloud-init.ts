import { parse } from 'yaml'
import { UserError } from '../../scripts/lib/errors.ts'
import { step } from '../../scripts/stage/step.ts'
import { hasPassword } from '../10-system/50-configure-sshd.ts'
import { WIFI_PACKAGES } from '../30-network/20-set-up-wifi.ts'

/** @returns whether a network-config (version 1 or 2) describes a wireless network. */
export function wantsWifi(networkConfig: string): boolean {
  const data: unknown = parse(networkConfig)
  const network = typeof data === 'object' && data !== null && 'network' in data ? data.network : data
  return typeof network === 'object' && network !== null && 'wifis' in network
}

// After the packages: a list that names cloud-init finds it configured here all the same.
export default step({
  title: 'Install cloud-init',
  skip: ({ config }) => !config.cloud_init && 'cloud_init is not set',

  async run({ config, apt, source, render }) {
    if (config.target === 'generic') {
      throw new UserError('cloud_init: a generic rootfs has no boot partition to read a seed from', {
        hint: 'set `target: rpi`, or leave out cloud_init',
      })
    }
    const network = config.cloud_init?.network_config
    // Of cloud-init's ways to write a network configuration only netplan's knows about wireless networks.
    const wifi = network !== undefined && wantsWifi(await source(network)) ? ['netplan.io', ...WIFI_PACKAGES] : []
    await apt.install(['cloud-init', ...wifi])
    await render('etc/cloud/cloud.cfg.d/90_rootsmith.cfg.ejs', {
      user: config.system.user?.name,
      shell: config.system.user?.shell,
      password: hasPassword(config),
      network: network !== undefined,
    })
    // It reads the boot partition before local file systems are said to be there.
    await render('etc/systemd/system/cloud-init-local.service.d/rootsmith.conf')
  },
})
