/** What differs between architectures, as data. */
import type { Arch } from '../config/schema.ts'

/** Debian's name → what differs between architectures here. `magic` and `mask` are the first 20 bytes of an ELF file. */
export const FOREIGN = {
  arm64: { qemu: 'qemu-aarch64', triplet: 'aarch64-linux-gnu', machine: 0xb7, bits: 64 },
  armhf: { qemu: 'qemu-arm', triplet: 'arm-linux-gnueabihf', machine: 0x28, bits: 32 },
  amd64: { qemu: 'qemu-x86_64', triplet: 'x86_64-linux-gnu', machine: 0x3e, bits: 64 },
} as const

export const LOADERS = {
  amd64: 'ld-linux-x86-64.so.2',
  arm64: 'ld-linux-aarch64.so.1',
  armhf: 'ld-linux-armhf.so.3',
} as const

/** Debian's name for this machine's architecture. */
export function hostArch(): Arch {
  return process.arch === 'arm64' ? 'arm64' : process.arch === 'arm' ? 'armhf' : 'amd64'
}
