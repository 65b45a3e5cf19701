/** What a Pi's firmware does before Linux: read the boot partition. QEMU has no firmware and must be handed the parts. */
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'

export type BootFiles = { kernel: string; initrd: string | undefined; dtb: string; cmdline: string }

/** @returns the file names that config.txt sets; `initramfs` is the one line there without `=`. */
export function parseConfigTxt(text: string): { kernel: string | undefined; initramfs: string | undefined } {
  return {
    kernel: /^\s*kernel=(\S+)/m.exec(text)?.[1],
    initramfs: /^\s*initramfs[\s=]+(\S+)/m.exec(text)?.[1],
  }
}

/**
 * Copies what a machine boots out of the FAT partition.
 * @param offset bytes from the start of the card to the partition. @param dtb name of the board's device tree.
 * @returns paths in `folder`, and the kernel's command line.
 */
export async function readBootFiles(card: string, offset: number, folder: string, dtb: string): Promise<BootFiles> {
  const copy = async (name: string): Promise<string> => {
    const to = join(folder, name)
    // mtools names a file system inside a file by `@@` and where it starts.
    const result = await $({ quiet: true, nothrow: true })`mcopy -n -i ${`${card}@@${offset}`} ${`::${name}`} ${to}`
    if (result.exitCode !== 0) {
      throw new UserError(`the boot partition of the image has no ${name}`, {
        hint: result.stderr.trim() || 'mcopy failed',
      })
    }
    return to
  }
  const config = parseConfigTxt(await Bun.file(await copy('config.txt')).text())
  if (!config.kernel) throw new UserError('config.txt on the boot partition names no kernel')
  return {
    kernel: await copy(config.kernel),
    initrd: config.initramfs ? await copy(config.initramfs) : undefined,
    dtb: await copy(dtb),
    cmdline: (await Bun.file(await copy('cmdline.txt')).text()).trim(),
  }
}
