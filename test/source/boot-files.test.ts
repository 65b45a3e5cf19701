import { describe, expect, test } from 'bun:test'
import { setDevices, setHost, setRoot, setRootPart } from '../../scripts/source/boot-files.ts'

const [BOOT, ROOT] = ['PARTUUID=new-01', 'PARTUUID=new-02']
const devices = { '/': ROOT, '/boot/firmware': BOOT }

describe('fstab', () => {
  test("of Pi OS keeps its lines, and names the new disk's partitions", () => {
    const text = [
      'proc            /proc           proc    defaults          0       0',
      'PARTUUID=4e639091-01  /boot/firmware  vfat    defaults          0       2',
      'PARTUUID=4e639091-02  /               ext4    defaults,noatime  0       1',
      '# a swapfile is not a swap partition, no line here\n',
    ].join('\n')
    expect(setDevices(text, devices)).toBe(
      text.replace('PARTUUID=4e639091-01', BOOT).replace('PARTUUID=4e639091-02', ROOT),
    )
  })
  test('of Ubuntu names them, too, in place of labels', () => {
    expect(
      setDevices(
        'LABEL=writable\t/\text4\tdefaults\t0\t1\nLABEL=system-boot /boot/firmware vfat defaults 0 1\n',
        devices,
      ),
    ).toBe(`${ROOT}\t/\text4\tdefaults\t0\t1\n${BOOT} /boot/firmware vfat defaults 0 1\n`)
  })
  test('that lacks them gets them', () => {
    expect(setDevices('# UNCONFIGURED FSTAB FOR BASE SYSTEM', devices)).toBe(
      `# UNCONFIGURED FSTAB FOR BASE SYSTEM\n${ROOT}  /  ext4  defaults,noatime  0  1\n${BOOT}  /boot/firmware  vfat  defaults,umask=0077,nofail  0  2\n`,
    )
  })
})

test('cmdline.txt is one line whose root= is the new one', () => {
  expect(setRoot('console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 rootwait quiet init=/usr/lib/x\n', ROOT)).toBe(
    `console=tty1 root=${ROOT} rootfstype=ext4 rootwait quiet init=/usr/lib/x\n`,
  )
  expect(setRoot('console=tty1\n', ROOT)).toBe(`root=${ROOT} console=tty1\n`)
})

test("Debian's raspi-firmware gets the new root for the next kernel", () => {
  expect(setRootPart('A=1\n#ROOTPART=/dev/mmcblk0p2\nB=2\n', ROOT)).toBe(`A=1\nROOTPART="${ROOT}"\nB=2\n`)
  expect(setRootPart('ROOTPART="PARTUUID=old"\n', ROOT)).toBe(`ROOTPART="${ROOT}"\n`)
  expect(setRootPart('A=1', ROOT)).toBe(`A=1\nROOTPART="${ROOT}"\n`)
})

test('hosts keeps what it has, and names this machine once', () => {
  expect(setHost('127.0.0.1 localhost\n127.0.1.1 raspberrypi\n10.0.0.1 nas\n', 'pi4')).toBe(
    '127.0.0.1 localhost\n127.0.1.1\tpi4\n10.0.0.1 nas\n',
  )
  expect(setHost('127.0.0.1 localhost\n', 'pi4')).toBe('127.0.0.1 localhost\n127.0.1.1\tpi4\n')
  expect(setHost('', 'pi4')).toBe('127.0.1.1\tpi4\n')
})
