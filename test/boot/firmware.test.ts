import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { parseConfigTxt, readBootFiles } from '../../scripts/boot/firmware.ts'

// As raspi-firmware 1.20240424 writes it.
const CONFIG = `# Switch the CPU from ARMv7 into ARMv8 (aarch64) mode
arm_64bit=1

enable_uart=1
upstream_kernel=1

kernel=vmlinuz-6.12.48-arm64
# For details on the initramfs directive, see
# https://www.raspberrypi.org/forums/viewtopic.php?f=63&t=10532
initramfs initrd.img-6.12.48-arm64
`

test('parseConfigTxt reads the two lines that name files', () => {
  expect(parseConfigTxt(CONFIG)).toEqual({ kernel: 'vmlinuz-6.12.48-arm64', initramfs: 'initrd.img-6.12.48-arm64' })
  expect(parseConfigTxt('#kernel=old\n')).toEqual({ kernel: undefined, initramfs: undefined })
})

describe('readBootFiles', () => {
  const START = 1 << 20
  const card = async (files: Record<string, string>): Promise<{ card: string; dir: string }> => {
    const dir = mkdtempSync(join(tmpdir(), 'firmware-'))
    const path = join(dir, 'card.img')
    await $({ quiet: true })`truncate -s 9M ${path} && mformat -i ${`${path}@@${START}`} -T 16384 -h 16 -s 32 ::`
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(dir, 'file'), text)
      await $({ quiet: true })`mcopy -i ${`${path}@@${START}`} ${join(dir, 'file')} ::${name}`
    }
    return { card: path, dir }
  }
  const all = {
    'config.txt': CONFIG,
    'cmdline.txt': ' console=tty0 root=PARTUUID=1-02 rw \n',
    'vmlinuz-6.12.48-arm64': 'kernel',
    'initrd.img-6.12.48-arm64': 'initrd',
    'bcm2837-rpi-3-b.dtb': 'dtb',
  }

  test('takes kernel, initrd, device tree and command line out of the FAT partition', async () => {
    const { card: path, dir } = await card(all)
    const files = await readBootFiles(path, START, dir, 'bcm2837-rpi-3-b.dtb')
    expect(files.cmdline).toBe('console=tty0 root=PARTUUID=1-02 rw')
    expect([files.kernel, files.initrd ?? '', files.dtb].map(file => readFileSync(file, 'utf8'))).toEqual([
      'kernel',
      'initrd',
      'dtb',
    ])
  })

  test('names the file that is not there', async () => {
    const { 'vmlinuz-6.12.48-arm64': _, ...rest } = all
    const { card: path, dir } = await card(rest)
    await expect(readBootFiles(path, START, dir, 'bcm2837-rpi-3-b.dtb')).rejects.toThrow(/has no vmlinuz-6.12.48-arm64/)
  })
})
