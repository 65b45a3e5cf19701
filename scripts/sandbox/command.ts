/** Tagged templates that run bash in a root, and tell the log what they run and print. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { $ } from '../lib/bash.ts'
import { proxyEnv } from '../lib/network.ts'
import type { Command } from '../stage/context.ts'

/** Whatever the build machine's environment holds, programs in a chroot see only this and the proxies. */
export function cleanEnv(extra: Record<string, string>): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    DEBIAN_FRONTEND: 'noninteractive',
    DEBCONF_NONINTERACTIVE_SEEN: 'true',
    ...proxyEnv(),
    ...extra,
  }
}

let last: string | undefined
/** The command line that was started last, as its author wrote it: for the error when it fails. */
export const lastCommand = (): string | undefined => last

/**
 * @param root where bash is found and runs; `/` for the runner's own.
 * @param env the whole environment.
 */
export function commandIn(root: string, env: Record<string, string>): Command {
  const inRoot = (command: string, _args: readonly string[], options: SpawnOptions): ChildProcess =>
    spawn('chroot', [root, '/bin/bash', '-c', command], { ...options, shell: false })
  return $({
    env,
    spawn: inRoot as typeof spawn,
    stdio: ['ignore', 'pipe', 'pipe'],
    quiet: false,
    verbose: true,
    log: entry => {
      if (entry.kind === 'cmd') {
        last = entry.cmd
        process.stdout.write(`+ ${entry.cmd}\n`)
      } else if (entry.kind === 'stdout' || entry.kind === 'stderr') process.stdout.write(entry.data)
    },
  }) as Command
}
