import { existsSync } from 'node:fs'
import { resolveIn } from '../../scripts/stage/files.ts'
import { step } from '../../scripts/stage/step.ts'

const UNITS = ['rootsmith-first-boot.service', 'rootsmith-first-boot-report.service']

// After the packages: it only has to be there before the device starts, and its scripts are what changes most often.
export default step({
  title: 'Install the first-boot service',
  skip: ({ config }) =>
    config.target === 'generic' &&
    !config.system.ssh &&
    !config.from.rootfs &&
    'a generic rootfs without sshd has no init',

  async run({ config, rootfs, chroot, render, log }) {
    // Whether one that is brought along has an init is seen only here. Its ssh host keys are removed (90-finish), so it needs us.
    if (config.from.rootfs && !existsSync(resolveIn(rootfs, 'lib/systemd/systemd')))
      return log.info('the rootfs has no systemd, and so no first boot')
    await render('usr/lib/rootsmith/first-boot', {}, { mode: 0o755 })
    await render('usr/lib/rootsmith/first-boot-report', {}, { mode: 0o755 })
    for (const unit of UNITS) await render(`usr/lib/systemd/system/${unit}`)
    await chroot`mkdir -p /var/lib/rootsmith`
    await chroot`systemctl enable ${UNITS}`
  },
})
