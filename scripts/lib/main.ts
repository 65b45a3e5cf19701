/** Every verb is `await main(async () => { … })`: the one place that prints errors and chooses the exit code. */
import { chalkStderr } from 'chalk'
import { failureEvent, failureLines } from '../screen/failure.ts'
import { Help } from './args.ts'
import { EXIT, type ExitCode, Interrupted, UserError } from './errors.ts'
import { interrupted, listen, runLast } from './interrupt.ts'
import { rerunInLinux } from './rerun.ts'
import { mendable } from './system-error.ts'

export { beforeEnd, interrupted, onInterrupt } from './interrupt.ts'

/** A verb may say how it ended by an exit code (`just doctor` says 3); nothing means 0. */
export type Verb = () => Promise<ExitCode> | Promise<void>

/**
 * Runs a verb and ends the process: 0 done, 1 failed, 2 bad usage or config, 3 no way to build here, 130 interrupted.
 * Errors go to stderr for people; with `--json` they are one more line on stdout for programs. On Windows a verb does all
 * that in WSL, unless it is one for `anyHost`.
 */
export async function main(verb: Verb, options: { anyHost?: true } = {}): Promise<never> {
  // `just plan | head`: whoever read our output has had enough; that is no reason to stop building, nor an error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  listen(() => void finish(EXIT.interrupted, new Interrupted()))
  process.on('uncaughtException', error => void fail(error))
  process.on('unhandledRejection', error => void fail(error))
  try {
    const elsewhere = options.anyHost ? undefined : await rerunInLinux()
    return await finish(elsewhere ?? (await verb()) ?? EXIT.ok)
  } catch (error) {
    return await fail(error)
  }
}

function fail(error: unknown): Promise<never> {
  // While the hooks work, everything else fails because of them: the end is theirs (listen), and there is one message.
  if (interrupted.aborted) return new Promise(() => undefined)
  const shown = mendable(error)
  return finish(shown instanceof UserError ? shown.exitCode : EXIT.failed, shown)
}

let finishing = false

async function finish(code: number, error?: unknown): Promise<never> {
  if (finishing) {
    // Somebody reads slowly (a pager), and Ctrl-C says not to wait for them.
    if (interrupted.aborted) process.exit(EXIT.interrupted)
    return new Promise(() => undefined)
  }
  finishing = true
  await runLast()
  if (error instanceof Help) process.stdout.write(`${error.message}\n`)
  else if (error !== undefined && wantsJson()) process.stdout.write(`${JSON.stringify(failureEvent(error))}\n`)
  else if (error !== undefined) process.stderr.write(`${failureLines(error, chalkStderr).join('\n')}\n`)
  await Promise.all([ended(process.stdout), ended(process.stderr)])
  process.exit(code)
}

/** Read from the words themselves: an error may come before they were parsed. */
const wantsJson = (): boolean => {
  const words = process.argv.slice(2)
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).includes('--json')
}

/** process.exit drops what a pipe has not taken yet; `end` waits for it (an empty write's callback, under Bun, does not). */
const ended = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise(resolve => {
    stream.once('error', () => resolve())
    stream.end(() => resolve())
  })
