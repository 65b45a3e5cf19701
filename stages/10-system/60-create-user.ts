import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keepsOwn } from '../../scripts/config/brought.ts'
import { step } from '../../scripts/stage/step.ts'

/** @returns /etc/shadow with the password field of one user replaced. */
export function setPasswordHash(shadow: string, user: string, hash: string): string {
  return shadow
    .split('\n')
    .map(line => {
      const fields = line.split(':')
      return fields[0] === user ? [user, hash, ...fields.slice(2)].join(':') : line
    })
    .join('\n')
}

// After sshd and the base; before the packages, so that the first user gets id 1000.
export default step({
  title: 'Create the user, lock root',
  skip: ({ config }) => keepsOwn.accounts(config),

  async run({ config, rootfs, chroot, write, render, log }) {
    const shadowFile = join(rootfs, 'etc/shadow')
    const hashes = new Map([['root', '*']])
    const { user } = config.system

    if (user) {
      const groups = [...new Set([...user.groups, ...(user.sudo === 'password' ? ['sudo'] : [])])]
      // Groups of packages that come later (docker, gpio): Debian's packages take an existing system group as theirs.
      for (const group of groups) await chroot`groupadd --force --system ${group}`
      const entry = async (): Promise<string[] | undefined> => {
        const lines = (await readFile(join(rootfs, 'etc/passwd'), 'utf8')).split('\n')
        return lines.map(line => line.split(':')).find(([name]) => name === user.name)
      }
      // A rootfs that is brought along may have the user: then it gets what the config says, and keeps the rest.
      const isThere = (await entry()) !== undefined
      if (isThere) await chroot`usermod --append --shell ${user.shell} --groups ${groups.join(',')} ${user.name}`
      else await chroot`useradd --create-home --shell ${user.shell} --groups ${groups.join(',')} ${user.name}`
      // Not by `usermod --password`: a command line is seen by everyone on the build machine, and logged.
      if (!isThere || user.password_hash) hashes.set(user.name, user.password_hash ?? '*')

      if (user.ssh_keys.length > 0) {
        const [, , , group = '', , home = ''] = (await entry()) ?? []
        const owner = `${user.name}:${group}`
        await chroot`install -d -m 0700 -o ${user.name} -g ${group} ${`${home}/.ssh`}`
        await write(`${home}/.ssh/authorized_keys`, `${user.ssh_keys.join('\n')}\n`, { mode: 0o600, owner })
      }

      if (user.sudo !== 'none') {
        const to = `etc/sudoers.d/010-${user.name}`
        await render('etc/sudoers.d/010-user.ejs', { user }, { to, mode: 0o440 })
        await chroot`visudo --check --quiet --file ${`/${to}`}`
        if (user.sudo === 'password' && !user.password_hash) {
          log.warn(`${user.name} has no password to give to sudo: set system.user.password_hash or sudo: nopasswd`)
        }
      }
    }

    let shadow = await readFile(shadowFile, 'utf8')
    for (const [name, hash] of hashes) shadow = setPasswordHash(shadow, name, hash)
    // In place: mode and group of the file stay as the package made them.
    await writeFile(shadowFile, shadow)
  },
})
