/** Ctrl-C and SIGTERM: what must be done before the process ends, whoever started it. */
import { EXIT, Interrupted } from './errors.ts'

type Hook = () => unknown
const hooks = new Set<Hook>()
const controller = new AbortController()

const last = new Set<Hook>()

/**
 * Has `hook` run before main prints how it ended, whichever way that is: a screen that redraws itself must have let go
 * of the terminal by then.
 * @returns a function that takes it back.
 */
export function beforeEnd(hook: Hook): () => void {
  last.add(hook)
  return () => {
    last.delete(hook)
  }
}

/** main calls this once. */
export async function runLast(): Promise<void> {
  for (const hook of [...last].reverse()) await Promise.try(hook).catch(() => undefined)
}

/** Hooks together may take this long; a build must end within seconds of Ctrl-C. */
const GRACE_MS = 5000

/** One Ctrl-C may arrive twice: from the terminal and passed on by npx. A person takes longer to press it again. */
const ECHO_MS = 250

/** Aborted at the first signal: pass it to whatever takes an AbortSignal. */
export const interrupted: AbortSignal = controller.signal

/**
 * Has `hook` run once when the process is told to stop.
 * @returns a function that takes it back, for when its work is done.
 */
export function onInterrupt(hook: Hook): () => void {
  hooks.add(hook)
  return () => {
    hooks.delete(hook)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** At the first signal runs the hooks, the newest first, then `end`; at a second one the process ends at once. */
export function listen(end: () => void): void {
  let first = 0
  const stop = async (): Promise<void> => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ECHO_MS) process.exit(EXIT.interrupted)
      return
    }
    first = performance.now()
    controller.abort(new Interrupted())
    await Promise.race([
      (async () => {
        for (const hook of [...hooks].reverse()) {
          hooks.delete(hook)
          // One hook's failure must not keep the others from their work.
          await Promise.try(hook).catch(() => undefined)
        }
      })(),
      Bun.sleep(GRACE_MS),
    ])
    end()
  }
  for (const signal of SIGNALS) process.on(signal, () => void stop())
}
