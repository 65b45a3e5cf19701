import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepsOwn } from '../../scripts/config/brought.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { step } from '../../scripts/stage/step.ts'

// After the base, which made the link /etc/localtime for tzdata to find; nothing else here reads the time zone.
export default step({
  title: 'Set the time zone',
  skip: ({ config }) => keepsOwn.timezone(config),

  async run({ config, rootfs, write }) {
    const { timezone } = config.system
    await write('/etc/timezone', `${timezone}\n`)
    // Without tzdata the link points nowhere, and glibc then says UTC.
    if (timezone !== 'Etc/UTC' && !existsSync(join(rootfs, 'usr/share/zoneinfo', timezone))) {
      throw new UserError(`system.timezone: Debian's tzdata has no zone ${timezone}`, {
        hint: 'write it as `Europe/London`; old names such as `US/Eastern` are in the package tzdata-legacy',
      })
    }
  },
})
