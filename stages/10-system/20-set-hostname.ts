import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { keepsOwn } from '../../scripts/config/brought.ts'
import type { Config } from '../../scripts/config/schema.ts'
import { setHost } from '../../scripts/source/boot-files.ts'
import { resolveIn } from '../../scripts/stage/files.ts'
import { step } from '../../scripts/stage/step.ts'

/** `name` may hold dots, a host name may not: sshd and cloud-init would take what follows for a domain. */
export const hostnameOf = (config: Config): string => config.system.hostname ?? config.name.replaceAll('.', '-')

// Before any package that bakes the host's name into its configuration.
export default step({
  title: 'Set the host name',
  skip: ({ config }) => keepsOwn.hostname(config),

  async run({ config, rootfs, render, write }) {
    const hostname = hostnameOf(config)
    await write('/etc/hostname', `${hostname}\n`)
    // 127.0.1.1 is Debian's way to make `hostname -f` and sudo work without a network (Debian Reference 5.1.1).
    const hosts = resolveIn(rootfs, 'etc/hosts')
    if (config.from.rootfs && existsSync(hosts))
      await write('/etc/hosts', setHost(await readFile(hosts, 'utf8'), hostname))
    else await render('etc/hosts.ejs', { hostname })
  },
})
