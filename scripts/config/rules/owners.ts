/** Rules about who owns what components bring. */
import type { Problem } from '../../lib/errors.ts'
import type { Rule } from '../rules.ts'
import type { Config } from '../schema.ts'
import { didYouMean } from '../suggest.ts'

/** base-passwd's, and those of the packages that the stages install in every rootfs from Debian. */
const USERS =
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats _apt nobody' +
  ' messagebus sshd systemd-network systemd-resolve systemd-timesync polkitd tcpdump'
const GROUPS =
  'root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy tape sudo audio dip' +
  ' www-data backup operator list irc src gnats shadow utmp video sasl plugdev staff games users nogroup messagebus' +
  ' systemd-journal systemd-network systemd-resolve systemd-timesync input sgx clock kvm render crontab netdev ssh _ssh' +
  ' polkitd tcpdump i2c gpio spi'

/**
 * An owner that the rootfs will lack. Packages make users, and so may stages, cloud-init's package and a rootfs that is
 * given: where there is any of them, only the build can tell, and does.
 */
export const ownersExist: Rule = (config, { problem }) => {
  const { components, from, packages, depends, stages, cloud_init } = config
  if (!from.debian || packages.length + depends.length + stages.length > 0 || cloud_init) return []
  return components.flatMap((component, i): Problem[] => {
    if (component.type !== 'file' && component.type !== 'directory') return []
    const [user = '', group] = component.chown.split(':')
    const path = ['components', i, 'chown']
    const [users, groups] = known(config)
    if (!users.includes(user)) return problem(path, `the rootfs has no user \`${user}\``, hint(user, users))
    if (group === undefined || groups.includes(group)) return []
    return problem(path, `the rootfs has no group \`${group}\``, hint(group, groups))
  })
}

function known({ system: { user } }: Config): [users: string[], groups: string[]] {
  const own = user ? [user.name] : []
  return [
    [...USERS.split(' '), ...own],
    [...GROUPS.split(' '), ...own, ...(user?.groups ?? [])],
  ]
}

const hint = (name: string, names: string[]): string =>
  didYouMean(name, names) ?? '`system.user` makes one; packages bring others'
