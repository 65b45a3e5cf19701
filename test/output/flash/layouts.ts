/** Disks as `lsblk --json` shows them (columns of lsblk(8); `subsystems` tells how a disk is connected), and what is right about each. */

export type Disk = {
  name: string
  /** Default: the name. */
  kname?: string
  'maj:min': string
  type: 'disk' | 'part' | 'lvm' | 'raid1' | 'mpath' | 'crypt' | 'loop' | 'rom'
  /** Bytes, as `lsblk --bytes` has it. */
  size: number
  ro?: boolean
  rm?: boolean
  fstype?: string
  mountpoints?: string[]
  model?: string
  tran?: 'usb' | 'nvme' | 'sata' | 'mmc'
  subsystems?: string
  children?: Disk[]
}

export type Layout = {
  title: string
  blockdevices: Disk[]
  /** What the user names; default: the first disk. */
  device?: string
  /** Links in /dev: name → what it leads to. */
  links?: Record<string, string>
  /** Part of why it is refused; none: it may be written. */
  refused?: string
  /** More lines of /proc/self/mountinfo. */
  mountinfo?: string[]
}

const GIB = 1024 ** 3
const USB = { tran: 'usb', subsystems: 'block:scsi:usb:pci' } as const
const NVME = { tran: 'nvme', subsystems: 'block:nvme:pci' } as const
const SATA = { tran: 'sata', subsystems: 'block:scsi:pci' } as const
const MMC = { tran: 'mmc', subsystems: 'block:mmc:mmc_host:platform' } as const

const stick = (more: Partial<Disk> = {}): Disk => ({
  ...USB,
  name: 'sda',
  'maj:min': '8:0',
  type: 'disk',
  size: 31_914_983_424,
  rm: true,
  model: 'Ultra Fit',
  ...more,
})
const part = (name: string, number: string, more: Partial<Disk> = {}): Disk => ({
  name,
  'maj:min': number,
  type: 'part',
  size: GIB,
  ...more,
})
const nvme = (children: Disk[] = []): Disk => ({
  ...NVME,
  name: 'nvme0n1',
  'maj:min': '259:0',
  type: 'disk',
  size: 512_110_190_592,
  model: 'Samsung SSD 980',
  children,
})

export const LAYOUTS: Layout[] = [
  { title: 'a USB stick', blockdevices: [stick({ children: [part('sda1', '8:1', { fstype: 'vfat' })] })] },
  { title: 'an SD card in a USB reader', blockdevices: [stick({ model: 'STORAGE DEVICE', size: 15_931_539_456 })] },
  {
    title: 'an SD card in a built-in reader, which says that it is not removable',
    blockdevices: [
      { ...MMC, name: 'mmcblk0', 'maj:min': '179:0', type: 'disk', size: 31_914_983_424, rm: false, model: 'SD32G' },
    ],
  },
  {
    title: 'a USB stick by a link in /dev/disk/by-id',
    blockdevices: [stick()],
    device: '/dev/disk/by-id/usb-SanDisk_Ultra_Fit-0:0',
    links: { 'disk/by-id/usb-SanDisk_Ultra_Fit-0:0': '../../sda' },
  },
  { title: 'a USB stick by its bare name', blockdevices: [stick()], device: 'sda' },
  {
    title: 'the NVMe disk that the system runs from',
    blockdevices: [nvme([part('nvme0n1p1', '259:1', { fstype: 'ext4', mountpoints: ['/'] })])],
    refused: 'this system runs from it',
  },
  {
    title: 'a second NVMe disk, in use by nobody',
    blockdevices: [nvme()],
    refused: 'neither a memory card nor on USB',
  },
  {
    title: 'a disk whose LVM holds the system, on USB even',
    blockdevices: [
      stick({
        children: [
          part('sda1', '8:1', {
            fstype: 'LVM2_member',
            children: [
              { name: 'vg-root', kname: 'dm-0', 'maj:min': '253:0', type: 'lvm', size: GIB, mountpoints: ['/'] },
            ],
          }),
        ],
      }),
    ],
    refused: 'in use by dm-0',
  },
  {
    title: 'a disk of a RAID with the system on it, on USB even',
    blockdevices: [
      stick({
        children: [
          part('sda1', '8:1', {
            fstype: 'linux_raid_member',
            children: [{ name: 'md0', 'maj:min': '9:0', type: 'raid1', size: GIB, fstype: 'ext4', mountpoints: ['/'] }],
          }),
        ],
      }),
    ],
    refused: 'in use by md0',
  },
  {
    title: 'a USB disk of an LVM that is not active',
    blockdevices: [stick({ children: [part('sda1', '8:1', { fstype: 'LVM2_member' })] })],
    refused: 'belongs to LVM, RAID or ZFS',
  },
  {
    title: 'a USB disk in a ZFS pool, which holds no partition open that lsblk would know of',
    blockdevices: [stick({ children: [part('sda1', '8:1', { fstype: 'zfs_member' }), part('sda9', '8:9')] })],
    refused: 'belongs to LVM, RAID or ZFS',
  },
  {
    title: 'one path of a multipath disk',
    blockdevices: [
      stick({
        children: [{ name: 'mpatha', kname: 'dm-0', 'maj:min': '253:0', type: 'mpath', size: 31_914_983_424 }],
      }),
    ],
    refused: 'in use by dm-0',
  },
  {
    title: 'a logical volume itself',
    blockdevices: [
      stick({
        children: [{ name: 'vg-data', kname: 'dm-0', 'maj:min': '253:0', type: 'lvm', size: 4 * GIB }],
      }),
    ],
    device: '/dev/dm-0',
    refused: 'neither a memory card nor on USB',
  },
  {
    title: 'a USB stick that is mounted',
    blockdevices: [stick({ children: [part('sda1', '8:1', { fstype: 'vfat', mountpoints: ['/media/my stick'] })] })],
    refused: 'it is in use: /media/my\\040stick',
  },
  {
    title: 'a USB stick that is mounted whole, without partitions',
    blockdevices: [stick({ fstype: 'exfat', mountpoints: ['/mnt'] })],
    refused: 'it is in use: /mnt',
  },
  {
    title: 'a USB stick with swap on it',
    blockdevices: [stick({ children: [part('sda2', '8:2', { fstype: 'swap', mountpoints: ['[SWAP]'] })] })],
    refused: 'it is in use: swap',
  },
  {
    title: 'a live system from a stick, whose / is an overlay',
    blockdevices: [
      stick({ children: [part('sda1', '8:1', { fstype: 'iso9660', mountpoints: ['/run/live/medium'] })] }),
    ],
    mountinfo: ['22 1 0:20 / / rw - overlay overlay rw,lowerdir=/run/live/medium'],
    refused: 'it is in use: /run/live/medium',
  },
  {
    title: 'a system on a btrfs subvolume, which has a device number of its own',
    blockdevices: [stick({ children: [part('sda2', '8:2', { fstype: 'btrfs' })] })],
    mountinfo: ['22 1 0:21 /@rootfs / rw,relatime shared:1 - btrfs /dev/sda2 rw,subvol=/@rootfs'],
    refused: 'this system runs from it',
  },
  {
    title: 'a partition instead of its disk',
    blockdevices: [stick({ children: [part('sda1', '8:1')] })],
    device: '/dev/sda1',
    refused: 'it is a partition; the whole disk is /dev/sda',
  },
  {
    title: "an eMMC's boot area",
    blockdevices: [
      { ...MMC, name: 'mmcblk1', 'maj:min': '179:0', type: 'disk', size: 31_268_536_320, model: 'DG4032' },
      { ...MMC, name: 'mmcblk1boot0', 'maj:min': '179:32', type: 'disk', size: 4_194_304, ro: true },
    ],
    device: '/dev/mmcblk1boot0',
    refused: 'a boot area of an eMMC',
  },
  { title: 'a card whose switch is at lock', blockdevices: [stick({ ro: true })], refused: 'read-only' },
  { title: 'a stick that is too small', blockdevices: [stick({ size: 4_194_304 })], refused: 'too small' },
  {
    title: 'a backup disk of 4 TB',
    blockdevices: [stick({ size: 4_000_787_030_016, rm: false, model: 'Elements 25A3' })],
    refused: 'larger than 2 TiB',
  },
  { title: 'a reader with no card in it', blockdevices: [stick({ size: 0 })], refused: 'no card in it' },
  {
    title: 'a DVD drive on USB',
    blockdevices: [{ ...USB, name: 'sr0', 'maj:min': '11:0', type: 'rom', size: 4_700_372_992, model: 'DVDRAM' }],
    refused: 'a disc drive',
  },
  {
    title: 'a loop device',
    blockdevices: [{ name: 'loop0', 'maj:min': '7:0', type: 'loop', size: 31_914_983_424, subsystems: 'block' }],
    refused: 'neither a memory card nor on USB',
  },
  {
    title: 'compressed memory',
    blockdevices: [{ name: 'zram0', 'maj:min': '252:0', type: 'disk', size: 8 * GIB, subsystems: 'block' }],
    refused: 'neither a memory card nor on USB',
  },
  {
    title: 'a SATA disk in use by nobody',
    blockdevices: [
      { ...SATA, name: 'sda', 'maj:min': '8:0', type: 'disk', size: 512_110_190_592, model: 'CT500MX500' },
    ],
    refused: 'neither a memory card nor on USB',
  },
]
