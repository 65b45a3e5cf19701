import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keepsOwn } from '../../scripts/config/brought.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { step } from '../../scripts/stage/step.ts'
import { BUILTIN_LOCALES } from './10-install-base.ts'

/**
 * @param supported content of /usr/share/i18n/SUPPORTED: a `locale charset` a line.
 * @returns the line for /etc/locale.gen, or undefined when glibc does not know the locale.
 */
export function localeGenLine(supported: string, locale: string): string | undefined {
  return supported.split('\n').find(line => line.split(' ')[0] === locale)
}

// After the base, before every package that prints in the user's language.
export default step({
  title: 'Generate the locale',
  skip: ({ config }) => keepsOwn.locale(config),

  async run({ config, rootfs, chroot, render, write }) {
    const { locale } = config.system
    if (!BUILTIN_LOCALES.includes(locale)) {
      const supported = await readFile(join(rootfs, 'usr/share/i18n/SUPPORTED'), 'utf8')
      const line = localeGenLine(supported, locale)
      if (!line) {
        const near = supported
          .split('\n')
          .filter(l => l.startsWith(locale.slice(0, 5)))
          .map(l => l.split(' ')[0])
        throw new UserError(`system.locale: Debian has no locale ${locale}`, {
          hint: near.length > 0 ? `it has ${near.join(', ')}` : 'see /usr/share/i18n/SUPPORTED for those it has',
        })
      }
      await render('etc/locale.gen.ejs', { line })
      await chroot`locale-gen`
    }
    // /etc/default/locale is what PAM reads; trixie's systemd keeps it as a link to /etc/locale.conf, bookworm's as a file.
    await write('/etc/locale.conf', `LANG=${locale}\n`)
    await chroot`ln -sfn ../locale.conf /etc/default/locale`
  },
})
