import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepsOwn } from '../../scripts/config/brought.ts'
import { step } from '../../scripts/stage/step.ts'

// The very last: until here /etc/resolv.conf is the build machine's.
export default step({
  title: 'Set the resolver',
  skip: ({ config }) => keepsOwn.resolver(config),

  async run({ config, rootfs, chroot, write }) {
    const { nameservers } = config.network
    const stub = '../run/systemd/resolve/stub-resolv.conf'
    await chroot`rm -f /etc/resolv.conf`
    if (nameservers.length > 0) {
      await write('/etc/resolv.conf', nameservers.map(server => `nameserver ${server}\n`).join(''))
    } else if (existsSync(join(rootfs, 'usr/lib/systemd/systemd-resolved'))) {
      await chroot`ln -s ${stub} /etc/resolv.conf`
    } else {
      await write('/etc/resolv.conf', '')
    }
  },
})
