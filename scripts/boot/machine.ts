/** QEMU's machines that an image is booted on: an entry each. */
import type { BootFiles } from './firmware.ts'

export type Machine = {
  name: MachineName
  about: string
  /** The serial port that is read here, as Linux names it. */
  console: string
  /** More words for the kernel's command line. */
  words: string
  /** TCG's threads: `multi` runs each of the machine's CPUs in one of its own. */
  threads: 'multi' | 'single'
  args(files: BootFiles, card: string): string[]
}

export const MACHINES = ['raspi3b', 'virt'] as const
export type MachineName = (typeof MACHINES)[number]

/** Device tree of the board that raspi3b models; `virt` brings its own. */
export const PI3_DTB = 'bcm2837-rpi-3-b.dtb'

/** QEMU ends a value at a comma; two stand for one. */
const value = (path: string): string => path.replaceAll(',', ',,')
const drive = (card: string): string => `file=${value(card)},format=raw,cache=unsafe`

export const TABLE: Record<MachineName, Machine> = {
  raspi3b: {
    name: 'raspi3b',
    about: 'a Raspberry Pi 3B: its own SD card slot and serial port',
    // Debian's device tree gives the header's pins to the second port, so Linux's console is the second `-serial`.
    console: 'ttyS1,115200',
    // QEMU's model of the USB controller interrupts all the time, also with nothing plugged in: a third of a boot's time.
    words: 'modprobe.blacklist=dwc2',
    // With four threads a guest now and then falls asleep for good (QEMU 7.2: every CPU waits for an interrupt that is lost), and
    // on two cores one thread is faster, too: 101 s against 143 s.
    threads: 'single',
    args: (files, card) => [
      ...['-M', 'raspi3b', '-dtb', files.dtb],
      ...['-drive', `if=sd,${drive(card)}`],
      ...['-serial', 'null', '-serial', 'chardev:console'],
    ],
  },
  virt: {
    name: 'virt',
    about: 'a machine of virtio devices, with a network',
    console: 'ttyAMA0,115200',
    words: '',
    threads: 'multi',
    args: (_files, card) => [
      // cortex-a72 is what a Pi 4 has; `max` adds pointer authentication, which TCG computes slowly.
      ...['-M', 'virt', '-cpu', 'cortex-a72', '-smp', '2', '-m', '1024'],
      ...['-drive', `if=none,id=card,${drive(card)}`, '-device', 'virtio-blk-pci,drive=card'],
      ...['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='],
      ...['-serial', 'chardev:console'],
    ],
  },
}

/** Asks first-boot-report to switch the machine off after its last word, so that the file system is closed cleanly. */
const POWER_OFF = 'rootsmith.poweroff'

/**
 * The image's own command line with this machine's console in place of its own ones. Not beside them: one `ttyAMA10`, a Pi 5's,
 * before it keeps `ttyAMA0` from ever being a console (Linux tries only the first that its driver's name fits).
 */
export function kernelWords(cmdline: string, { console, words: more }: Pick<Machine, 'console' | 'words'>): string {
  const words = cmdline.split(/\s+/).filter(word => word !== '' && !word.startsWith('console='))
  return [...words, `console=${console}`, more, POWER_OFF].filter(Boolean).join(' ')
}

/**
 * @param console a file that the serial port is written to.
 * @returns the arguments of qemu-system-aarch64. TCG always: KVM could only run on an arm64 host, cannot be a raspi3b, and
 * where it hangs it does so without a word.
 */
export function qemuArgs(machine: Machine, files: BootFiles, card: string, console: string): string[] {
  return [
    ...['-chardev', `file,id=console,path=${value(console)}`],
    ...machine.args(files, card),
    ...['-kernel', files.kernel, ...(files.initrd ? ['-initrd', files.initrd] : [])],
    ...['-append', kernelWords(files.cmdline, machine)],
    ...['-accel', `tcg,thread=${machine.threads}`],
    // A panic or a reboot ends QEMU instead of starting over.
    ...['-no-reboot', '-display', 'none', '-monitor', 'none', '-nodefaults'],
  ]
}
