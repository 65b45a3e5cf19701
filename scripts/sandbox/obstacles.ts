/** What keeps the sandbox from working on this machine, with what to do about each. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { release } from 'node:os'
import type { Arch } from '../config/schema.ts'
import type { Obstacle } from '../strategy/strategy.ts'
import { hostArch } from './arch.ts'
import { kernelIsAtLeast, lookOutside, noBinfmt, type Outside, worksWithoutUsers } from './fallback.ts'
import { subordinateProblem } from './idmap.ts'
import { missing } from './requirements.ts'

export async function obstacles({ arch }: { arch: string }): Promise<Obstacle[]> {
  if (process.platform !== 'linux') return [{ reason: `needs Linux, and this is ${process.platform}` }]
  const lacking = missing('build')
  if (lacking.length) {
    const names = lacking.map(entry => entry.package)
    return [
      {
        reason: `not installed: ${names.join(', ')}`,
        hint: `\`just setup\`, or as root: apt-get install ${names.join(' ')}`,
      },
    ]
  }
  const ids = subordinateProblem()
  if (ids) return [{ reason: ids, hint: `as root: ${SUBORDINATE_MEND}` }]
  const outside = lookOutside()
  if (outside.users !== undefined && !worksWithoutUsers()) return [namespacesRefused(outside.users)]
  return noEmulation(arch, outside)
}

/** What gives a user the ids of an image's users. */
export const SUBORDINATE_MEND = 'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME'

/** Why nothing runs the programs of an architecture: neither a binfmt_misc of the sandbox's own, nor the machine's. */
export function noEmulation(arch: string, { users, binfmt, emulators }: Outside, kernel = release()): Obstacle[] {
  if (arch === hostArch() || binfmt === undefined || emulators[arch as Arch]) return []
  const reason = users === undefined ? noBinfmt(kernel) : `user namespaces are refused (${users})`
  const ownBinfmt = kernelIsAtLeast(kernel, 6, 7)
    ? 'as root: modprobe binfmt_misc'
    : 'boot Linux 6.7 or newer (on Debian 12: linux-image-amd64 from bookworm-backports)'
  return [
    {
      reason: `${reason}, so the sandbox can't run ${arch} programs, and the machine has registered nothing that does`,
      hint: `${users === undefined ? ownBinfmt : userNamespaceMend()}; or, to emulate everything, which is slow, as root: ${EMULATOR_MEND}`,
    },
  ]
}

/**
 * What registers Debian's emulators with flag F, through systemd or binfmt-support (whose postinst needs no systemd
 * running). Debian 12 has a qemu-user-binfmt, too, but without F: its emulators are not static, those of 13 are.
 */
export const EMULATOR_MEND =
  'apt-get install qemu-user-binfmt (Debian 12: apt-get install qemu-user-static binfmt-support)'

function namespacesRefused(said: string): Obstacle {
  return { reason: `the kernel refuses user namespaces (${said})`, hint: userNamespaceMend() }
}

function userNamespaceMend(): string {
  const off = Object.entries(SYSCTL_MENDS).filter(([name, { bad }]) => readSysctl(name) === bad)
  return off.length
    ? `as root: ${off.map(([name, { good }]) => `sysctl -w ${name}=${good}`).join('; ')}`
    : 'in a container: allow unshare and mount (CAP_SYS_ADMIN); in a chroot the kernel never allows it, with pivot_root it does'
}

/** What distributions forbid user namespaces with, and the value that allows them again. */
export const SYSCTL_MENDS: Record<string, { bad: string; good: string }> = {
  'kernel.unprivileged_userns_clone': { bad: '0', good: '1' },
  'kernel.apparmor_restrict_unprivileged_userns': { bad: '1', good: '0' },
  'user.max_user_namespaces': { bad: '0', good: '10000' },
}

function readSysctl(name: string): string | undefined {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/** Bytes that an ordinary user can still write on the file system of a folder that exists. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
