/** Runs apt, or a program that runs it, and says what kind of failure it was when it fails. */
import { createInterface } from 'node:readline'
import type { ProcessOutput, ProcessPromise } from 'zx'
import { aptWatch } from './apt-watch.ts'
import type { Mirrors } from './mirrors.ts'
import { NETWORK } from './network.ts'
import { DownloadError } from './patience.ts'

const HINT =
  'is this machine online? from.debian.mirrors names other mirrors; http_proxy, no_proxy and ROOTSMITH_APT_PROXY a proxy'

/**
 * Ends it when a mirror hangs: apt waits for each file that it wants from there, for minutes or hours in all. A mirror that failed
 * goes behind the others, for the next attempt.
 * @param process a command of a process group of its own, as zx starts it; what it prints is watched.
 * @throws DownloadError when a mirror is why, in words for the user; what zx throws for any other failure.
 */
export async function runApt(process: ProcessPromise, mirrors?: Mirrors): Promise<ProcessOutput> {
  const watch = aptWatch()
  for (const input of [process.stdout, process.stderr]) createInterface({ input }).on('line', watch.take)
  let hung: string | undefined
  const timer = setInterval(() => {
    if (hung) return
    hung = watch.hung()
    if (hung) end(process)
  }, 500)
  const output = await process.nothrow().finally(() => clearInterval(timer))
  if (output.exitCode === 0) return output
  if (!hung && !watch.transient()) throw output
  const failed = hung ? [hung] : [...watch.failures.keys()]
  const reason = hung
    ? `nothing came from ${hung} for ${NETWORK.silenceMs / 1000} s, several times`
    : failed.map(mirror => `${mirror}: ${watch.failures.get(mirror)}`).join('; ')
  const another = mirrors?.demote(failed) ?? false
  throw new DownloadError(`cannot download packages: ${reason}`, {
    hint: HINT,
    fruitful: another || watch.got() > 0,
    output: output.stdall,
  })
}

/** By its group: mmdebstrap and bash wait for their children. What ignores that is killed. */
function end({ pid }: ProcessPromise): void {
  if (pid === undefined) return
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      process.kill(-pid, name)
    } catch {
      // it has ended
    }
  }
  signal('SIGTERM')
  setTimeout(() => signal('SIGKILL'), 5000).unref()
}
