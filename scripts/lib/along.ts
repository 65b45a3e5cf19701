/** Runs a program of the machine to its end, showing what it prints, and ends it with us. */
import { createInterface } from 'node:readline'
import { $ } from './bash.ts'
import { Interrupted } from './errors.ts'
import { interrupted, onInterrupt } from './interrupt.ts'

const LAST_LINES = 20

export type Along = {
  /** 143 after a signal. */
  status: number
  stderr: string
  /** The last 20 lines of both streams. */
  last: string[]
  timedOut: boolean
}

/**
 * @param show is called with each line of stdout and stderr.
 * @param options.silentMs ends it when it prints nothing for so long. @param options.env is added to ours.
 * @throws Interrupted after Ctrl-C, when the program has ended.
 */
export async function runAlong(
  words: readonly string[],
  show: (line: string) => void,
  options: { silentMs?: number; env?: Record<string, string> } = {},
): Promise<Along> {
  const env = { ...process.env, ...options.env } as Record<string, string>
  // zx gives it a session of its own, which the terminal's Ctrl-C does not reach.
  const child = $({ nothrow: true, quiet: true, env, stdio: ['ignore', 'pipe', 'pipe'] })`exec ${words}`
  let timedOut = false
  let last: string[] = []
  const end = (): void => {
    // Not zx's kill: that looks for children with ps(1), which a small Debian does not have. With `exec` there are none.
    try {
      if (child.pid) process.kill(child.pid, 'SIGTERM')
    } catch {
      // It has ended.
    }
  }
  const tooLong = (): void => {
    timedOut = true
    end()
  }
  const patience = options.silentMs ?? 0
  const timer = patience ? setTimeout(tooLong, patience) : undefined
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => {
      show(line)
      if (line.trim()) last = [...last, line].slice(-LAST_LINES)
      timer?.refresh()
    })
  const release = onInterrupt(async () => {
    end()
    await child
  })
  const { exitCode, stderr } = await child
  clearTimeout(timer)
  if (interrupted.aborted) throw new Interrupted()
  release()
  const said = timedOut ? `${stderr}\nit said nothing for ${patience / 1000} s` : stderr
  return { status: exitCode ?? 143, stderr: said, last, timedOut }
}
