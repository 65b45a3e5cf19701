import { keepsOwn } from '../../scripts/config/brought.ts'
import type { Config } from '../../scripts/config/schema.ts'
import { step } from '../../scripts/stage/step.ts'

/** What any system that starts by itself needs; minbase has no init. */
const INIT = ['systemd-sysv', 'dbus', 'libpam-systemd', 'iproute2', 'procps', 'ca-certificates']
/** What a machine with disks and no clock battery needs besides: a Pi tells the time by the network. */
const MACHINE = ['udev', 'kmod', 'e2fsprogs', 'dosfstools', 'fdisk', 'systemd-timesyncd']

const HOST_KEYS = ['rsa', 'ecdsa', 'ed25519'].map(type => `/etc/ssh/ssh_host_${type}_key`)

/** glibc brings these itself. */
export const BUILTIN_LOCALES = ['C', 'C.UTF-8', 'POSIX']

/** The kernel's own keymap is `us`; console-setup and its xkb-data weigh 12 MB, and most Pis have no keyboard. */
export const wantsKeyboard = ({ target, system: { keyboard } }: Config): boolean =>
  target !== 'generic' && (keyboard.layout !== 'us' || keyboard.variant !== '')

/** @returns what the steps of this stage configure; empty for a generic rootfs that wants nothing of it. */
export function basePackages(config: Config): string[] {
  const { locale, timezone, ssh, user } = config.system
  const generic = config.target === 'generic'
  // An image that is brought along starts by itself already, by whatever it has for that.
  const starts = !generic && config.from.rootfs !== undefined
  return [
    ...((generic && !ssh) || starts ? [] : INIT),
    ...(generic || starts ? [] : MACHINE),
    ...(BUILTIN_LOCALES.includes(locale) ? [] : ['locales']),
    ...(timezone === 'Etc/UTC' ? [] : ['tzdata']),
    ...(wantsKeyboard(config) ? ['console-setup', 'keyboard-configuration', 'kbd'] : []),
    ...(ssh ? ['openssh-server'] : []),
    ...(user && user.sudo !== 'none' ? ['sudo'] : []),
  ]
}

// First of all, since every later package's unit files are enabled by what is installed here. All in one transaction: apt
// itself takes longer to start, in an emulated rootfs, than these packages take to install.
export default step({
  title: 'Install the base system',
  skip: ({ config }) => basePackages(config).length === 0 && 'the config asks for nothing that is not there',

  async run({ config, apt, chroot, render, write, remove }) {
    // tzdata and keyboard-configuration take what exists already as the answers to their questions.
    if (!keepsOwn.timezone(config))
      await chroot`ln -sfn ${`/usr/share/zoneinfo/${config.system.timezone}`} /etc/localtime`
    if (wantsKeyboard(config)) await render('etc/default/keyboard.ejs', { keyboard: config.system.keyboard })
    // An image must not carry host keys: everybody who has it would have them. sshd's package makes only those that are
    // missing, so empty files keep it from spending time (an RSA key under emulation) on some that are thrown away.
    if (config.system.ssh) for (const key of HOST_KEYS) await write(key, '', { mode: 0o600 })
    await apt.install(basePackages(config))
    await remove(...HOST_KEYS)
  },
})
