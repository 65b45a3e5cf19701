/** The boot files of a rootfs that was brought along, made to fit the disk that it is put on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A Pi's firmware reads config.txt first: with it the rootfs has a kernel, a firmware and a way of its own to update them. */
export const hasOwnBoot = (rootfs: string): boolean => existsSync(join(rootfs, 'boot/firmware/config.txt'))

/** @param root of the new disk, as `PARTUUID=…`. @returns cmdline.txt, one line, with `root=` naming it. */
export function setRoot(cmdline: string, root: string): string {
  const words = cmdline.split(/\s+/).filter(Boolean)
  const others = words.map(word => (word.startsWith('root=') ? `root=${root}` : word))
  return `${(words.some(word => word.startsWith('root=')) ? others : [`root=${root}`, ...words]).join(' ')}\n`
}

/** @returns /etc/default/raspi-firmware (Debian's package, not Pi OS's) with `ROOTPART` naming it. */
export const setRootPart = (text: string, root: string): string =>
  /^\s*#?\s*ROOTPART=/m.test(text)
    ? text.replace(/^\s*#?\s*ROOTPART=.*$/m, `ROOTPART="${root}"`)
    : `${text.replace(/\n*$/, '\n')}ROOTPART="${root}"\n`

/**
 * @param devices mount point → what is mounted there on the new disk.
 * @returns fstab(5) whose lines for these mount points name the new disk's partitions; all else stays as it is written.
 */
export function setDevices(fstab: string, devices: Readonly<Record<string, string>>): string {
  const seen = new Set<string>()
  const lines = fstab.split('\n').map(line => {
    const [, before = '', between = '', target = ''] = /^(\s*)[^#\s]\S*(\s+)(\S+)/.exec(line) ?? []
    const device = devices[target]
    if (device === undefined) return line
    seen.add(target)
    return `${before}${device}${between}${line.trimStart().replace(/^\S+\s+/, '')}`
  })
  const missing = Object.entries(devices).filter(([target]) => !seen.has(target))
  const added = missing.map(([target, device]) =>
    target === '/'
      ? `${device}  /  ext4  defaults,noatime  0  1`
      : `${device}  ${target}  vfat  defaults,umask=0077,nofail  0  2`,
  )
  if (added.length === 0) return lines.join('\n')
  return `${lines.join('\n').replace(/\n*$/, '\n')}${added.join('\n')}\n`
}

/** @returns hosts(5) with the line of this machine's name (Debian Reference 5.1.1) replaced, or added. */
export function setHost(hosts: string, hostname: string): string {
  const line = `127.0.1.1\t${hostname}`
  return /^127\.0\.1\.1\s/m.test(hosts)
    ? hosts.replace(/^127\.0\.1\.1\s.*$/m, line)
    : `${hosts.replace(/\n*$/, '\n').replace(/^\n$/, '')}${line}\n`
}
