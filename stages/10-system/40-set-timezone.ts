import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../scripts/lib/errors.ts'
import { step } from '../../scripts/stage/step.ts'

// Anywhere after the bootstrap: nothing else here reads the time zone.
export default step({
  title: 'Set the time zone',

  async run({ config, rootfs, apt, chroot, write }) {
    const { timezone } = config.system
    // The link comes before the package: tzdata's configuration takes an existing link as the answer to its question.
    await chroot`ln -sfn ${`/usr/share/zoneinfo/${timezone}`} /etc/localtime`
    await write('/etc/timezone', `${timezone}\n`)
    if (timezone === 'Etc/UTC') return
    await apt.install(['tzdata'])
    if (!existsSync(join(rootfs, 'usr/share/zoneinfo', timezone))) {
      throw new UserError(`system.timezone: Debian's tzdata has no zone ${timezone}`, {
        hint: 'write it as `Europe/London`; old names such as `US/Eastern` are in the package tzdata-legacy',
      })
    }
  },
})
