/** Programs that are measured: real processes, which end when the bench does, whatever ends it. */
import { spawn } from 'node:child_process'
import { Interrupted } from '../lib/errors.ts'
import { interrupted, onInterrupt } from '../lib/main.ts'

export type Ended = { code: number; stdout: string; stderr: string; seconds: number }

/** Runs a program to its end. What it prints is collected, not shown. @throws Interrupted after Ctrl-C. */
export async function run(command: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<Ended> {
  interrupted.throwIfAborted()
  const started = performance.now()
  // A session of its own, so that a Ctrl-C in the terminal reaches it once, from us; and a build that is told to
  // terminate cleans up even when we are killed.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...command], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (data: Buffer) => chunks[name].push(data))
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)))
  })
  const release = onInterrupt(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const code = await ended
  const seconds = (performance.now() - started) / 1000
  if (interrupted.aborted) throw new Interrupted()
  release()
  const text = (name: 'stdout' | 'stderr'): string => Buffer.concat(chunks[name]).toString()
  return { code, stdout: text('stdout'), stderr: text('stderr'), seconds }
}
