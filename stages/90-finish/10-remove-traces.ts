import { step } from '../../scripts/stage/step.ts'

/** What identifies one device: made anew on each at its first boot. */
const IDENTITY = [
  '/etc/ssh/ssh_host_*_key*',
  '/var/lib/dbus/machine-id',
  '/var/lib/systemd/random-seed',
  '/var/lib/systemd/credential.secret',
]
/** What was kept for the build, or can be made again: apt's lists, caches, logs. */
const CACHES = [
  '/var/lib/apt/lists/*',
  '/var/cache/apt/*.bin',
  '/var/cache/man/*',
  '/var/cache/fontconfig/*',
  // Holds inode numbers and time stamps of the build machine's file system.
  '/var/cache/ldconfig/aux-cache',
  '/var/log/*.log',
  '/var/log/apt/*',
  '/var/log/*tmp',
  '/var/log/lastlog',
  '/var/log/faillog',
  '/root/.bash_history',
  '/root/.cache',
]
/** Copies that programs leave beside what they changed. */
const BACKUPS = [
  '/etc/*-',
  '/etc/.pwd.lock',
  '/etc/.resolv.conf.systemd-resolved.bak',
  '/etc/**/*.dpkg-*',
  '/etc/**/*.ucf-*',
  '/var/lib/dpkg/*-old',
  '/var/lib/dpkg/lock*',
  '/var/lib/dpkg/triggers/Lock',
  '/var/lib/ucf/*.[0-9]',
  '/var/cache/debconf/*-old',
  '/var/backups/*',
]

// Last of all stages: whatever is made after it stays in the image.
export default step({
  title: 'Remove logs, caches and what identifies a device',

  async run({ write, remove }) {
    await remove(...IDENTITY, ...CACHES, ...BACKUPS)
    // Empty, not absent and not `uninitialized`: systemd then makes an id, but does not reset which units are enabled, as it
    // does on what it calls a first boot (machine-id(5)).
    await write('/etc/machine-id', '', { mode: 0o444 })
  },
})
