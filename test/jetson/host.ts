/** A machine to flash from, made up: what /sys and /proc say there, and programs that only have to be there. */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Of NVIDIA's tools/l4t_flash_prerequisites.sh, what this machine may lack. */
const PROGRAMS = [
  ...[
    'abootimg',
    'cpio',
    'cpp',
    'dtc',
    'file',
    'ip',
    'lbzip2',
    'lz4c',
    'mkfs.vfat',
    'mkpasswd',
    'nc',
    'openssl',
    'parted',
  ],
  ...[
    'ping',
    'rsync',
    'sgdisk',
    'strings',
    'udevadm',
    'lsusb',
    'uuidgen',
    'xmllint',
    'xmlstarlet',
    'xxd',
    'ssh',
    'sshpass',
  ],
  ...['exportfs', 'python3'],
]
/** What the script itself runs, from the machine: all else is not on the PATH. */
const REAL = [
  ...[
    'sh',
    'bash',
    'awk',
    'basename',
    'bzip2',
    'cat',
    'chmod',
    'cp',
    'cut',
    'dd',
    'df',
    'dirname',
    'env',
    'find',
    'findmnt',
  ],
  ...[
    'flock',
    'grep',
    'gzip',
    'head',
    'id',
    'losetup',
    'ls',
    'mkdir',
    'mkfifo',
    'mkfs.ext4',
    'mktemp',
    'mount',
    'mv',
    'printf',
  ],
  ...[
    'readlink',
    'rm',
    'sed',
    'setpriv',
    'setsid',
    'sha256sum',
    'sleep',
    'sort',
    'stat',
    'tail',
    'tar',
    'tee',
    'tr',
    'umount',
  ],
  ...[
    'uname',
    'unshare',
    'wc',
    'zstd',
    'expr',
    'date',
    'touch',
    'test',
    'true',
    'ln',
    'du',
    'cksum',
    'od',
    'xz',
    'which',
    'whoami',
  ],
]

export type Device = { port: string; product: string; vendor?: string }
export type HostOptions = {
  devices?: Device[]
  /** Programs that are not there. */
  lacking?: string[]
  /** Of /proc/sys/net/ipv6/conf/all/disable_ipv6; null for a kernel without IPv6. */
  disableIpv6?: string | null
  filesystems?: string
  machine?: string
  /** Type and options of the one mount, /. */
  mount?: [type: string, options: string]
  /** Bodies of more programs. */
  programs?: Record<string, string>
}

export const ORIN: Device = { port: '1-3', product: '7023' }

/** @returns the environment in which the flash script finds that machine. */
export function makeHost(folder: string, options: HostOptions = {}): { path: string; env: Record<string, string> } {
  const {
    devices = [ORIN],
    lacking = [],
    disableIpv6 = '0',
    filesystems = 'nodev\tnfsd\n\text4\n',
    machine = 'x86_64',
  } = options
  const { mount: [type, flags] = ['ext4', 'rw,relatime'], programs = {} } = options
  const path = join(folder, 'host')
  rmSync(path, { recursive: true, force: true })
  const put = (name: string, content: string): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  mkdirSync(join(path, 'sys/bus/usb/devices'), { recursive: true })
  put('sys/bus/usb/devices/1-1/idVendor', '1d6b\n')
  put('sys/bus/usb/devices/1-1/idProduct', '0002\n')
  mkdirSync(join(path, 'sys/bus/usb/devices/1-1:1.0'))
  for (const { port, product, vendor = '0955' } of devices) {
    put(`sys/bus/usb/devices/${port}/idVendor`, `${vendor}\n`)
    put(`sys/bus/usb/devices/${port}/idProduct`, `${product}\n`)
  }
  if (disableIpv6 !== null) put('proc/sys/net/ipv6/conf/all/disable_ipv6', `${disableIpv6}\n`)
  put('proc/filesystems', filesystems)
  put('proc/self/mountinfo', `22 1 8:1 / / ${flags} - ${type} /dev/sda1 ${flags}\n`)
  put('machine', `${machine}\n`)
  const bodies = { ...Object.fromEntries(PROGRAMS.map(name => [name, 'exit 0'])), ...programs }
  for (const [name, body] of Object.entries(bodies)) {
    if (lacking.includes(name)) continue
    put(`bin/${name}`, `#!/bin/sh\n${body}\n`)
    chmodSync(join(path, 'bin', name), 0o755)
  }
  for (const name of REAL) {
    const real = lacking.includes(name) ? null : Bun.which(name)
    if (real && !(name in bodies)) symlinkSync(real, join(path, 'bin', name))
  }
  return { path, env: { PATH: join(path, 'bin'), ROOTSMITH_FLASH_TEST: path } }
}
