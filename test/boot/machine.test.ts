import { describe, expect, test } from 'bun:test'
import { $ } from 'zx'
import { kernelWords, MACHINES, qemuArgs, TABLE } from '../../scripts/boot/machine.ts'

const files = {
  kernel: '/w/vmlinuz',
  initrd: '/w/initrd.img',
  dtb: '/w/pi.dtb',
  cmdline: 'console=tty0 root=PARTUUID=1-02 rw',
}
const value = (args: string[], flag: string): string | undefined => args[args.indexOf(flag) + 1]

describe('qemuArgs', () => {
  test('a Pi boots from its card slot, with its own device tree and the console on its second port', () => {
    const args = qemuArgs(TABLE.raspi3b, files, '/w/card.img', '/w/log')
    expect(value(args, '-drive')).toBe('if=sd,file=/w/card.img,format=raw,cache=unsafe')
    expect(value(args, '-dtb')).toBe('/w/pi.dtb')
    expect(args.filter((_, at) => args[at - 1] === '-serial')).toEqual(['null', 'chardev:console'])
    expect(value(args, '-append')).toBe(
      'root=PARTUUID=1-02 rw console=ttyS1,115200 modprobe.blacklist=dwc2 rootsmith.poweroff',
    )
  })

  test('the machine’s console takes the place of those that the image has, and all else stays', () => {
    const words = ' console=tty0 console=ttyAMA10,115200 console=ttyS1,115200 root=/dev/x rw  rootwait '
    expect(kernelWords(words, { console: 'ttyAMA0', words: '' })).toBe(
      'root=/dev/x rw rootwait console=ttyAMA0 rootsmith.poweroff',
    )
  })

  test('an image without an initrd is booted without one', () => {
    expect(qemuArgs(TABLE.virt, { ...files, initrd: undefined }, '/w/card.img', '/w/log')).not.toContain('-initrd')
  })

  test('a comma in the path of the card does not end the option', () => {
    expect(value(qemuArgs(TABLE.raspi3b, files, '/a,b/card.img', '/w/log'), '-drive')).toContain('file=/a,,b/card.img,')
  })

  // QEMU itself says which machines and devices it has: a name that does not exist ends it at once.
  for (const name of MACHINES) {
    test(`QEMU knows every word of the command line for ${name}`, async () => {
      const { exitCode, stderr } = await $({
        quiet: true,
        nothrow: true,
      })`qemu-system-aarch64 ${qemuArgs(TABLE[name], { ...files, kernel: '/dev/null' }, '/dev/null/none', '/dev/null')} -S`
      expect(exitCode).toBe(1)
      expect(stderr).toContain('/dev/null/none')
      expect(stderr).not.toMatch(/unsupported machine|invalid option|not a valid|Parameter/)
    })
  }
})
