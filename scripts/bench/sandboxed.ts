/** Programs that need root and mounts of their own: in a sandbox, whoever runs the bench. */
import { text } from 'node:stream/consumers'
import { Interrupted, UserError } from '../lib/errors.ts'
import { interrupted, onInterrupt } from '../lib/main.ts'
import { enter } from '../sandbox/enter.ts'

/** @returns seconds until it ended. @throws UserError with the end of what it said, when it fails. */
export async function runInSandbox(command: string[]): Promise<number> {
  interrupted.throwIfAborted()
  const started = performance.now()
  const { child, exited, kill } = await enter(command)
  const release = onInterrupt(async () => {
    kill()
    await exited
  })
  const said = Promise.all([child.stdout, child.stderr].map(stream => (stream ? text(stream) : '')))
  const status = await exited
  const seconds = (performance.now() - started) / 1000
  if (interrupted.aborted) throw new Interrupted()
  release()
  if (status !== 0) {
    const lines = (await said).join('\n').trim().split('\n').slice(-5).join('\n  ')
    throw new UserError(`${command[0]} ended with status ${status}`, { hint: lines })
  }
  return seconds
}
