/** Runs apt, or a program that runs it, and says what kind of failure it was when it fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ProcessOutput, ProcessPromise } from 'zx'
import { aptWatch } from './apt-watch.ts'
import type { Mirrors } from './mirrors.ts'
import { DownloadError } from './patience.ts'

const HINT =
  'is this machine online? from.debian.mirrors names other mirrors; http_proxy, no_proxy and ROOTSMITH_APT_PROXY a proxy'

/**
 * Ends it when a mirror hangs: apt waits for each file that it wants from there, for minutes or hours in all. A mirror that failed
 * goes behind the others, for the next attempt.
 * @param command what it prints is watched.
 * @throws DownloadError when a mirror is why, in words for the user; what zx throws for any other failure.
 */
export async function runApt(command: ProcessPromise, mirrors?: Mirrors): Promise<ProcessOutput> {
  const watch = aptWatch()
  for (const input of [command.stdout, command.stderr]) createInterface({ input }).on('line', watch.take)
  let hung: string | undefined
  const timer = setInterval(() => {
    if (hung) return
    hung = watch.hung()
    if (hung) end(command)
  }, 500)
  const output = await command.nothrow().finally(() => clearInterval(timer))
  if (output.exitCode === 0) return output
  if (!hung && !watch.transient()) throw output
  const failed = hung ? [hung] : [...watch.failures.keys()]
  const reason = hung
    ? `nothing comes from ${hung}; several attempts timed out`
    : failed.map(mirror => `${mirror}: ${watch.failures.get(mirror)}`).join('; ')
  const another = mirrors?.demote(failed) ?? false
  throw new DownloadError(`cannot download packages: ${reason}`, {
    hint: HINT,
    // What came from elsewhere says nothing of it: security updates have a server of their own.
    fruitful: another || failed.some(mirror => watch.got(mirror) > 0),
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
