import { step } from '../../scripts/stage/step.ts'

const UNITS = ['rootsmith-first-boot.service', 'rootsmith-first-boot-report.service']

// After the packages: it only has to be there before the device starts, and its scripts are what changes most often.
export default step({
  title: 'Install the first-boot service',
  skip: ({ config }) =>
    config.target === 'generic' && !config.system.ssh && 'a generic rootfs without sshd has no init',

  async run({ chroot, render }) {
    await render('usr/lib/rootsmith/first-boot', {}, { mode: 0o755 })
    await render('usr/lib/rootsmith/first-boot-report', {}, { mode: 0o755 })
    for (const unit of UNITS) await render(`usr/lib/systemd/system/${unit}`)
    await chroot`mkdir -p /var/lib/rootsmith`
    await chroot`systemctl enable ${UNITS}`
  },
})
