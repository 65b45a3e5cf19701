import { keepsOwn } from '../../scripts/config/brought.ts'
import { step } from '../../scripts/stage/step.ts'

// systemd-networkd: it is there with systemd, and cloud-init can write for it. Before the packages, so that what they bring
// (ifupdown, NetworkManager) is the user's own choice.
export default step({
  title: 'Set up the wired network',
  skip: ({ config }) =>
    (config.target === 'generic' && 'a generic rootfs gets its network from its host') || keepsOwn.network(config),

  async run({ config, apt, chroot, render }) {
    const { nameservers } = config.network
    // With static nameservers /etc/resolv.conf is a plain file (90-finish); else somebody must pass on what DHCP says.
    if (nameservers.length === 0) await apt.install(['systemd-resolved'])
    // 80-: cloud-init writes 10-…, and the first file that matches a device wins.
    await render('etc/systemd/network/80-wired.network.ejs', { nameservers })
    // Units that want network-online (cloud-init, for one, before anything else) would wait 120 s without a cable.
    await render('etc/systemd/system/systemd-networkd-wait-online.service.d/rootsmith.conf')
    await chroot`systemctl enable systemd-networkd.service`
  },
})
