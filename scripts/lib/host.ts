/** What kind of machine the user types on. Building needs Linux; the others have it in WSL or in a container engine's VM. */
import { release } from 'node:os'
import { UsageError } from './errors.ts'
import { nearest } from './nearest.ts'

/** `msys` is Windows under Git Bash or MSYS2, whose paths look like `/c/x`; `windows` is Windows under cmd or PowerShell. */
export const HOSTS = ['linux', 'wsl', 'msys', 'macos', 'windows'] as const
export type Host = (typeof HOSTS)[number]

export type HostFacts = {
  /** As of node's process.platform. */
  platform: string
  env: Record<string, string | undefined>
  /** As of uname(2): `6.6.87.2-microsoft-standard-WSL2`. */
  kernel: string
}

/**
 * ROOTSMITH_HOST wins: it is for tests, which have none of the other machines.
 * @throws UsageError when ROOTSMITH_HOST names none of the kinds.
 */
export function hostOf({ platform, env, kernel }: HostFacts): Host {
  const told = env.ROOTSMITH_HOST
  if (told) {
    const host = HOSTS.find(name => name === told)
    if (host) return host
    const meant = nearest(told, HOSTS)
    throw new UsageError(
      `ROOTSMITH_HOST cannot be \`${told}\``,
      `${meant ? `did you mean ${meant}? ` : ''}one of ${HOSTS.join(', ')}; it is for tests, leave it unset`,
    )
  }
  if (platform === 'darwin') return 'macos'
  // MSYSTEM is set by the shells of Git for Windows and MSYS2 (MINGW64, UCRT64 …); under WSL it means nothing.
  if (platform === 'win32' || platform === 'cygwin') return env.MSYSTEM ? 'msys' : 'windows'
  // sudo and cron drop the variables; the name of the kernel that Microsoft builds stays.
  return env.WSL_DISTRO_NAME || env.WSL_INTEROP || /microsoft/i.test(kernel) ? 'wsl' : 'linux'
}

/** The kind of this machine. Asked anew each time: tests change the environment. */
export const thisHost = (): Host => hostOf({ platform: process.platform, env: process.env, kernel: release() })

/** Whether there is no Linux below us in which a verb could do its work, but WSL beside us. */
export const isWindows = (host: Host): boolean => host === 'windows' || host === 'msys'
