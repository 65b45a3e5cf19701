import type { Config } from '../../scripts/config/schema.ts'
import { step } from '../../scripts/stage/step.ts'

/** Whether the user can log in with a password; `*` and `!` are crypt(3)'s way to say that nobody can. */
export const hasPassword = (config: Config): boolean => /^\$/.test(config.system.user?.password_hash ?? '')

// After the base, which brings sshd; in a file of its own, so that upgrades of the package ask nothing.
export default step({
  title: 'Configure sshd',
  skip: ({ config }) => !config.system.ssh && 'system.ssh is false',

  async run({ config, render }) {
    await render('etc/ssh/sshd_config.d/60-rootsmith.conf.ejs', { passwords: hasPassword(config) })
  },
})
