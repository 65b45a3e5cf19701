/** Makes, of what lsblk shows, a folder that stands for a machine's /sys, /proc and /dev: what the flash script reads. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Disk, Layout } from './layouts.ts'

/** Where the kernel hangs a disk into /sys, by how it is connected. */
const BUSES: Record<string, (name: string) => string> = {
  'block:scsi:usb:pci': name => `pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host0/target0:0:0/0:0:0:0/block/${name}`,
  'block:scsi:pci': name => `pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/${name}`,
  'block:nvme:pci': name => `pci0000:00/0000:00:1d.0/nvme/nvme0/${name}`,
  'block:mmc:mmc_host:platform': name => `platform/soc/3f300000.mmc/mmc_host/mmc1/mmc1:aaaa/block/${name}`,
}

export function makeMachine(top: string, { blockdevices, links = {}, mountinfo = [] }: Layout): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), text)
  }
  const link = (path: string, to: string): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    symlinkSync(to, join(top, path))
  }
  const mounts = ['1 0 0:2 / /proc rw - proc proc rw', ...mountinfo]
  const swaps = ['Filename Type Size Used Priority']
  const fstypes: Record<string, string[]> = {}

  const add = (disk: Disk, at: string, parents: string[]): void => {
    const { name, kname = name, size, children = [] } = disk
    const number = disk['maj:min']
    const [major = 0, minor = 0] = number.split(':').map(Number)
    write(`${at}/dev`, `${number}\n`)
    write(`${at}/size`, `${size / 512}\n`)
    write(`${at}/ro`, disk.ro ? '1\n' : '0\n')
    mkdirSync(join(top, at, 'holders'), { recursive: true })
    if (disk.type === 'part') write(`${at}/partition`, `${/\d+$/.exec(name)?.[0]}\n`)
    else {
      write(`${at}/removable`, disk.rm ? '1\n' : '0\n')
      if (disk.model) write(`${at}/device/model`, `${disk.model.padEnd(16)}\n`)
      if (disk.tran) write(`${at}/device/type`, disk.type === 'rom' ? '5\n' : disk.tran === 'mmc' ? 'SD\n' : '0\n')
      link(`sys/block/${kname}`, relative('sys/block', at))
    }
    link(`sys/dev/block/${number}`, relative('sys/dev/block', at))
    write(`dev/${kname}`, `${major.toString(16)} ${minor.toString(16)}\n`)
    for (const point of disk.mountpoints ?? []) {
      if (point === '[SWAP]') swaps.push(`/dev/${kname} partition 1048572 0 -2`)
      else
        mounts.push(`30 1 ${number} / ${point.replaceAll(' ', '\\040')} rw - ${disk.fstype ?? 'ext4'} /dev/${kname} rw`)
    }
    for (const whose of [...parents, kname]) fstypes[whose] = [...(fstypes[whose] ?? []), disk.fstype ?? '']
    for (const child of children) {
      const part = child.type === 'part'
      const below = child.kname ?? child.name
      add(child, part ? `${at}/${below}` : `sys/devices/virtual/block/${below}`, [...parents, kname])
      if (!part) link(`${at}/holders/${below}`, '.')
    }
  }
  for (const disk of blockdevices) {
    const place = BUSES[disk.subsystems ?? '']
    add(disk, `sys/devices/${place ? place(disk.name) : `virtual/block/${disk.name}`}`, [])
  }
  for (const [name, to] of Object.entries(links)) link(`dev/${name}`, to)
  write('proc/self/mountinfo', `${mounts.join('\n')}\n`)
  write('proc/swaps', `${swaps.join('\n')}\n`)
  // lsblk asks udev and reads superblocks of disks that are not here.
  for (const [name, types] of Object.entries(fstypes)) write(`fstypes/${name}`, `${types.join('\n')}\n`)
  write('bin/lsblk', `#!/bin/sh\nfor last; do :; done\nexec cat "${top}/fstypes/\${last##*/}"\n`)
  chmodSync(join(top, 'bin/lsblk'), 0o755)
}
