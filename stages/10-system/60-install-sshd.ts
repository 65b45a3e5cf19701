import type { Config } from '../../scripts/config/schema.ts'
import { step } from '../../scripts/stage/step.ts'

const KEYS = ['rsa', 'ecdsa', 'ed25519'].map(type => `/etc/ssh/ssh_host_${type}_key`)

/** Whether the user can log in with a password; `*` and `!` are crypt(3)'s way to say that nobody can. */
export const hasPassword = (config: Config): boolean => /^\$/.test(config.system.user?.password_hash ?? '')

// Before the user: its authorized keys are for this.
export default step({
  title: 'Install sshd',
  skip: ({ config }) => !config.system.ssh && 'system.ssh is false',

  async run({ config, apt, render, write, remove }) {
    // An image must not carry host keys: everybody who has it would have them. The package makes only those that are
    // missing, so empty files keep it from spending time (an RSA key under emulation) on some that are thrown away.
    for (const key of KEYS) await write(key, '', { mode: 0o600 })
    await apt.install(['openssh-server'])
    await remove(...KEYS)

    await render('etc/ssh/sshd_config.d/60-rootsmith.conf.ejs', { passwords: hasPassword(config) })
  },
})
