/**
 * What the machine may refuse a sandbox, and what serves instead: root does without a user namespace, and without a
 * binfmt_misc of the sandbox's own all foreign programs run in the emulator that the machine itself has registered.
 *
 * Layers made so are shared with others, and their key does not tell: emulated programs write the same bytes as native
 * twins, and an overlay's marks are in user.* attributes in both cases. `--emulate` is in the key only because who asks
 * for it wants to see everything emulated.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { FOREIGN, hostArch } from './arch.ts'

export type Outside = {
  /** What the kernel said to a user namespace; undefined where it gives one. */
  users?: string | undefined
  /** What it said to a binfmt_misc in one. */
  binfmt?: string | undefined
  /** Emulators that the machine runs programs with in any root, by architecture. Only looked for where needed. */
  emulators: Partial<Record<Arch, string>>
}

let seen: Outside | undefined
/** Tries it, once and in 10 ms: kernel, sysctls and containers forbid it in more ways than can be asked for. */
export function lookOutside(): Outside {
  if (seen) return seen
  const users = tryIt('unshare', '--user', '--mount', '--pid', '--fork', 'true')
  // Not at its usual place, where systemd's automount may wait, which answers nobody in another mount namespace.
  const mount = 'mount -t binfmt_misc binfmt_misc /tmp'
  const binfmt = users ?? tryIt('unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount)
  seen = { users, binfmt, emulators: binfmt === undefined ? {} : emulators() }
  return seen
}

/** Whether the sandbox can be had without a user namespace: that takes root, and CAP_SYS_ADMIN where root may lack it. */
export const worksWithoutUsers = (): boolean =>
  process.getuid?.() === 0 && tryIt('unshare', ...NAMESPACES, '--propagation', 'private', 'true') === undefined

/** All but the user namespace. */
export const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--fork'] as const

function tryIt(program: string, ...args: string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? undefined : error?.message || stderr.trim().split('\n').at(-1) || `status ${status}`
}

/** The variable that tells what runs in a sandbox what is outside: /proc is another one there. */
export const OUTSIDE = 'ROOTSMITH_OUTSIDE'

const told = (): Outside => JSON.parse(process.env[OUTSIDE] ?? '{"emulators":{}}') as Outside

/**
 * Asked inside: what to tell the user where the sandbox is not what it should be.
 * @returns undefined where it is; else, programs of a foreign `arch` run already and nothing is to be registered.
 */
export function fallbackFor(arch: Arch, { users, binfmt, emulators }: Outside = told()): string | undefined {
  const reason = users === undefined ? (binfmt === undefined ? undefined : noBinfmt()) : 'user namespaces are refused'
  if (reason === undefined) return undefined
  if (arch === hostArch()) return users === undefined ? undefined : `${reason}: root builds without one`
  // The driver has looked before it began: obstacles.ts.
  if (!emulators[arch]) throw new Error(`nothing runs ${arch} programs here`)
  return `${reason}: all ${arch} programs are emulated by the machine's own ${FOREIGN[arch].qemu}, which takes several times as long`
}

/** Since Linux 6.7 binfmt_misc can be mounted in a user namespace: kernel commit 21ca59b365c0. */
export const noBinfmt = (kernel = release()): string =>
  kernelIsAtLeast(kernel, 6, 7) ? 'the kernel refuses a private binfmt_misc' : 'the kernel is older than 6.7'

/** @returns whether `6.12.38+deb13-amd64` is at least the version given. */
export function kernelIsAtLeast(release: string, major: number, minor: number): boolean {
  const [, a = '0', b = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}

/**
 * What has been registered on the machine and reaches into a chroot, by architecture.
 * @param folder binfmt_misc, or a folder like it. Nothing is ever written there.
 */
export function emulators(folder = '/proc/sys/fs/binfmt_misc'): Outside['emulators'] {
  const files = existsSync(join(folder, 'status')) ? listed(folder) : inContainer()
  if (!files.some(text => text.trim() === 'enabled')) return {}
  const found = Object.keys(FOREIGN).map(arch => [arch, files.map(text => runs(text, arch as Arch)).find(Boolean)])
  return Object.fromEntries(found.filter(([, interpreter]) => interpreter))
}

const listed = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name !== 'register')
    .map(name => readFileSync(join(folder, name), 'utf8'))

/**
 * A container's /proc does not show what is registered, and it works all the same. The mount is seen by nobody else. Not
 * read-only: before Linux 6.7 that would make the machine's own mount read-only. Not in a user namespace: that would get
 * an empty binfmt_misc of its own, which hides the machine's from then on.
 */
function inContainer(): string[] {
  const script =
    'mount -t binfmt_misc binfmt_misc /tmp && cd /tmp && for f in *; do [ $f = register ] || cat $f; printf "\\0"; done'
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script]
  if (process.getuid?.() !== 0 || readlinkSync('/proc/self/ns/user') !== INITIAL) return []
  return spawnSync('unshare', args, { encoding: 'utf8' }).stdout.split('\0')
}

/** PROC_USER_INIT_INO of the kernel's proc_ns.h: the one user namespace that all others are in. */
const INITIAL = 'user:[4026531837]'

/** The interpreter of a handler, as the kernel shows it, if that is for the programs of an architecture and in any root. */
function runs(text: string, arch: Arch): string | undefined {
  const field = (name: string): string => new RegExp(`^${name}:? (.+)$`, 'm').exec(text)?.[1] ?? ''
  const bytes = (name: string): number[] => [...Buffer.from(field(name), 'hex')]
  const [magic, mask] = [bytes('magic'), bytes('mask')]
  // Without F the interpreter is looked up in the chroot, where it is not.
  if (!/^enabled$/m.test(text) || !field('flags').includes('F') || field('offset') !== '0' || !magic.length)
    return undefined
  const { machine, bits } = FOREIGN[arch]
  // The start of a position-independent executable, as Debian's are: elf(5).
  const start = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1, ...Array<number>(9).fill(0), 3, 0, machine, 0]
  const matches = magic.every((byte, at) => ((start[at] ?? 0) & (mask[at] ?? 0xff)) === (byte & (mask[at] ?? 0xff)))
  return matches ? field('interpreter') : undefined
}
