/**
 * Starts a program in new user, mount, pid, ipc and uts namespaces, as root inside.
 *
 * As root the id map is the identity; as a user, the caller is root inside and /etc/subuid gives the rest. Where user
 * namespaces are refused, root does without (fallback.ts). The program is process 1 of its pid namespace and dies with this
 * process, whatever ends it: unshare gets a SIGKILL when we die, and the program when unshare does, so no mount and no
 * process outlives the driver. The program is told so only once its ids are mapped: before that it has no capabilities, and
 * the kernel forgets the wish when an exec brings them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { $ } from '../lib/bash.ts'
import { lookOutside, NAMESPACES, OUTSIDE } from './fallback.ts'
import { type IdRange, identity, subordinate } from './idmap.ts'

export type Sandbox = {
  child: ChildProcess
  /** Exit status; 128 + n when ended by signal n. */
  exited: Promise<number>
  /** Ends everything inside at once. */
  kill(): void
}

/**
 * @param argv program and arguments, looked up in the PATH.
 * @param options.terminal keeps the caller's terminal (a shell); else stdout and stderr are pipes and Ctrl-C does not reach inside.
 */
export async function enter(
  argv: string[],
  options: { terminal?: boolean; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Sandbox> {
  const outside = lookOutside()
  const withUsers = outside.users === undefined || process.getuid?.() !== 0
  const io = options.terminal ? 'inherit' : 'pipe'
  const child = spawn(
    'setpriv',
    [
      ...[
        '--pdeathsig',
        'KILL',
        'unshare',
        ...(withUsers ? ['--user'] : []),
        ...NAMESPACES,
        '--propagation',
        'private',
      ],
      ...['sh', '-c', 'read -r _ <&3 || exit 125; exec 3<&-; exec setpriv --pdeathsig KILL "$@"', 'sh'],
      ...(withUsers ? [] : ['--bounding-set', NOT_IN_A_USER_NAMESPACE]),
      ...argv,
    ],
    {
      stdio: [options.terminal ? 'inherit' : 'ignore', io, io, 'pipe'],
      detached: !options.terminal,
      env: { ...(options.env ?? process.env), [OUTSIDE]: JSON.stringify(outside) },
      cwd: options.cwd,
    },
  )
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)))
  })
  const pid = child.pid
  if (pid === undefined) {
    await exited
    throw new Error('the sandbox did not start')
  }
  const gate = child.stdio[3] as Writable
  gate.on('error', () => {})
  await Promise.race([
    withUsers ? writeMaps(pid) : undefined,
    exited.then(code => Promise.reject(new Error(`the sandbox ended with status ${code} before it began`))),
  ])
  gate.end('go\n')
  return { child, exited, kill: () => void child.kill('SIGKILL') }
}

/**
 * What root in a user namespace can't do to the machine, root without one is not to do either: packages find the same
 * refusals (mknod above all), and so leave the same files.
 */
const NOT_IN_A_USER_NAMESPACE = '-mknod,-sys_module,-sys_rawio,-sys_boot,-sys_time'

/** Waits until `unshare` is in its own user namespace, then maps the ids. */
async function writeMaps(pid: number): Promise<void> {
  const outside = readlinkSync('/proc/self/ns/user')
  for (let tries = 0; readlinkSync(`/proc/${pid}/ns/user`) === outside; tries++) {
    if (tries > 2000) throw new Error('unshare did not make a user namespace within 10 s')
    await Bun.sleep(5)
  }
  if (process.getuid?.() === 0) {
    for (const map of ['uid_map', 'gid_map'])
      writeFileSync(`/proc/${pid}/${map}`, identity(readFileSync(`/proc/self/${map}`, 'utf8')))
    return
  }
  const flat = (ranges: IdRange[]) => ranges.flatMap(({ inside, outside, count }) => [inside, outside, count])
  const quiet = $({ quiet: true })
  await quiet`newuidmap ${pid} ${flat(subordinate('uid'))}`
  await quiet`newgidmap ${pid} ${flat(subordinate('gid'))}`
}
