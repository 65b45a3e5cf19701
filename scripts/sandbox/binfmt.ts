/** binfmt_misc: which program the kernel starts for a program of another architecture (Documentation/admin-guide/binfmt-misc.rst). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { $ } from '../lib/bash.ts'
import { FOREIGN } from './arch.ts'

const run = $({ quiet: true })

const BINFMT = '/proc/sys/fs/binfmt_misc'

/**
 * Mounts the sandbox's own binfmt_misc: one for each user namespace, since Linux 6.7. Over whatever is there: that would
 * be the machine's, where nothing may be registered. What is registered there is not looked at inside any more.
 */
export async function mountBinfmt(): Promise<void> {
  await run`mount -t binfmt_misc binfmt_misc ${BINFMT}`
}

/** Registers in it how programs of `arch` run. */
export function register(arch: Arch, interpreter: string): void {
  const { machine, bits } = FOREIGN[arch]
  const hex = (bytes: number[]) => bytes.map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  // e_ident up to EI_VERSION, padding, e_type EXEC or DYN, e_machine: elf(5). The OS ABI byte is not compared.
  const magic = hex([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1, ...Array<number>(9).fill(0), 2, 0, machine, 0])
  const mask = hex([...Array<number>(7).fill(0xff), 0, ...Array<number>(8).fill(0xff), 0xfe, 0xff, 0xff, 0xff])
  // P keeps argv[0]; F opens the interpreter now, so that it is found from inside any root.
  writeFileSync(join(BINFMT, 'register'), `:rootsmith-${arch}:M::${magic}:${mask}:${interpreter}:PF`)
}
