/** A time limit for a program that may hang. */
import type { ProcessOutput, ProcessPromise } from 'zx'

/**
 * Not zx's own `timeout`: that looks for the program's children with ps(1), which a small Debian does not have.
 * @param running started with `exec`, so that the process is the program itself.
 * @returns its output; what it printed so far, and its signal, when it was ended.
 */
export async function within(seconds: number, running: ProcessPromise): Promise<ProcessOutput> {
  const timer = setTimeout(() => {
    try {
      if (running.pid) process.kill(running.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }, seconds * 1000)
  return running.nothrow().finally(() => clearTimeout(timer))
}
