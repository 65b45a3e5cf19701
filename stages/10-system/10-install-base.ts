import { step } from '../../scripts/stage/step.ts'

/** What any system that starts by itself needs; minbase has no init. */
const init = ['systemd-sysv', 'dbus', 'libpam-systemd', 'iproute2', 'procps', 'ca-certificates']
/** What a machine with disks and no clock battery needs besides: a Pi tells the time by the network. */
const machine = ['udev', 'kmod', 'e2fsprogs', 'dosfstools', 'fdisk', 'systemd-timesyncd']

// First of all, since every later package's unit files are enabled by what is installed here.
export default step({
  title: 'Install the base system',
  skip: ({ config }) =>
    config.target === 'generic' && !config.system.ssh && 'nothing in a generic rootfs without sshd needs an init',

  async run({ config, apt }) {
    await apt.install(config.target === 'generic' ? init : [...init, ...machine])
  },
})
