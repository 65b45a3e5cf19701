/** Runs apt, or a program that runs it, and says what kind of failure it was when it fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ProcessOutput, ProcessPromise } from 'zx'
import { aptWatch } from './apt-watch.ts'
import type { Mirrors } from './mirrors.ts'
import { DownloadError } from './patience.ts'

const HINT =
  'is this machine online? from.debian.mirrors names other mirrors; http_proxy, no_proxy and ROOTSMITH_APT_PROXY a proxy'

/** Longer than any time-out: apt's own methods then have nothing to do, and apt thinks they have. */
const IDLE_MS = 60_000

/**
 * Ends it when a mirror hangs: apt waits for each file that it wants from there, for minutes or hours in all. A mirror that failed
 * goes behind the others, for the next attempt.
 * @param command what it prints is watched. @param idleMs after so long without work its downloads count as stuck.
 * @throws DownloadError when a mirror is why, in words for the user; what zx throws for any other failure.
 */
export async function runApt(command: ProcessPromise, mirrors?: Mirrors, idleMs = IDLE_MS): Promise<ProcessOutput> {
  const watch = aptWatch()
  for (const input of [command.stdout, command.stderr]) createInterface({ input }).on('line', watch.take)
  let hung: string | undefined
  const isIdle = idleness(command, idleMs)
  const timer = setInterval(() => {
    if (hung) return
    hung = watch.hung() ?? (isIdle() ? 'apt' : undefined)
    if (hung) end(command)
  }, 1000)
  const output = await command.nothrow().finally(() => clearInterval(timer))
  if (output.exitCode === 0) return output
  if (!hung && !watch.transient()) throw output
  const failed = hung ? [hung] : [...watch.failures.keys()]
  const reason = hung
    ? hung === 'apt'
      ? `apt waited for ${idleMs / 1000} s for nothing`
      : `nothing comes from ${hung}; several attempts timed out`
    : failed.map(mirror => `${mirror}: ${watch.failures.get(mirror)}`).join('; ')
  const another = mirrors?.demote(failed) ?? false
  throw new DownloadError(`cannot download packages: ${reason}`, {
    hint: HINT,
    // What came from elsewhere says nothing of it: security updates have a server of their own.
    fruitful: another || hung === 'apt' || failed.some(mirror => watch.got(mirror) > 0),
    hung: hung !== undefined,
    output: output.stdall,
  })
}

/**
 * Ends the apt-get that it is or has started, wherever that is below it: mmdebstrap ignores signals, and cleans up when its apt
 * has failed.
 */
function end({ pid }: ProcessPromise): void {
  if (pid === undefined) return
  const found = below(pid).filter(id => /\0?apt-get\0/.test(read(`/proc/${id}/cmdline`)))
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    for (const id of found) {
      try {
        process.kill(id, name)
      } catch {
        // it has ended
      }
    }
  }
  signal('SIGTERM')
  setTimeout(() => signal('SIGKILL'), 5000).unref()
}

/** @returns whether apt's downloads have neither read nor written anything for that long. No downloads is not idle. */
function idleness({ pid }: ProcessPromise, idleMs: number): () => boolean {
  let since = Date.now()
  let before = ''
  return () => {
    const methods =
      pid === undefined ? [] : below(pid).filter(id => read(`/proc/${id}/cmdline`).includes('/apt/methods/'))
    // proc_pid_io(5)
    const now = methods.map(id => `${id} ${read(`/proc/${id}/io`)}`).join('\n')
    if (now !== before || methods.length === 0) since = Date.now()
    before = now
    return Date.now() - since >= idleMs
  }
}

/** A process and all that it started, by their ids. */
function below(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    // After the name, which may hold anything: state and parent (proc_pid_stat(5)).
    const parent = Number(
      read(`/proc/${name}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    )
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const all = [pid]
  for (const id of all) all.push(...(parents.get(id) ?? []))
  return all
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
