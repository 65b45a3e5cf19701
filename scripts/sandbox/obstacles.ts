/** What keeps the sandbox from working on this machine, with what to do about each. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { $ } from 'zx'
import type { Obstacle } from '../strategy/strategy.ts'
import { hostArch } from './arch.ts'
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
  if (ids)
    return [{ reason: ids, hint: 'as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME' }]
  const refused = await namespacesRefused()
  if (refused) return [refused]
  if (arch !== hostArch() && !hasPrivateBinfmt()) {
    return [
      {
        reason: `the kernel is older than 6.7, so it can't run ${arch} programs in a user namespace of its own`,
        hint: 'boot a newer kernel (on Debian 12: linux-image-amd64 from bookworm-backports)',
      },
    ]
  }
  return []
}

/** Tries it: the sysctls that forbid it differ from one distribution to the next. */
async function namespacesRefused(): Promise<Obstacle | undefined> {
  const tried = await $({ nothrow: true, quiet: true })`unshare --user --mount --pid --fork true`
  if (tried.exitCode === 0) return undefined
  const off = Object.entries(SYSCTL_MENDS).filter(([name, { bad }]) => readSysctl(name) === bad)
  return {
    reason: `the kernel refuses user namespaces (${tried.stderr.trim()})`,
    hint: off.length
      ? `as root: ${off.map(([name, { good }]) => `sysctl -w ${name}=${good}`).join('; ')}`
      : 'in a container: allow unshare and mount (CAP_SYS_ADMIN); in a chroot the kernel never allows it, with pivot_root it does',
  }
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

/** Since Linux 6.7 binfmt_misc can be mounted in a user namespace: kernel commit 21ca59b365c0. */
function hasPrivateBinfmt(): boolean {
  const [major = 0, minor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 7)
}

/** Bytes that an ordinary user can still write on the file system of a folder that exists. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
