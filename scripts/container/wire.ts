/**
 * What driver and container say to each other. The container's stdin: an archive of the source, the job in one line of JSON,
 * then `go`; its end means
 * that the driver is gone. Its stdout: what the runner says (lib/events.ts), and one of these a line, behind a word that
 * no program in the container knows, so that none can print one.
 */
import type { Loaded } from '../config/load.ts'
import type { StepFailure, Where } from '../lib/errors.ts'
import type { Plan } from '../plan/types.ts'
import type { Auths } from '../preload/auths.ts'
import type { Request } from '../strategy/strategy.ts'

/** What is to be done, for the container: in memory only, here and there, for it holds values from the environment. */
export type Job = {
  /** The word. */
  word: string
  verb: 'plan' | 'build'
  loaded: Omit<Loaded, 'locate'>
  options: Request['options']
  strategy: string
  /** Variables that the config names. */
  environment: Record<string, string>
  /** Credentials of registries, where images are pulled. */
  auths: Auths
}

export type Message =
  | { plan: Plan }
  /** The results lie in this folder of the container. */
  | { results: string }
  | { failed: Failure }

/** An error on its way out: a step's, one that a person can act on, or a bug with its stack. */
export type Failure = {
  step?: StepFailure
  message: string
  hint?: string | undefined
  where?: Where | undefined
  exitCode?: number
  stack?: string | undefined
}

/** Where the container keeps what it gives out and what it gets for one job. */
export const jobFolder = (cache: string, word: string): string => `${cache}/results/${word}`
/** In that folder: images that the driver's engine built, as `docker save` makes it. */
export const BUILT = 'built.tar'

export const formatMessage = (word: string, message: Message): string => `::${word}::${JSON.stringify(message)}`

export function parseMessage(word: string, line: string): Message | undefined {
  const start = `::${word}::`
  return line.startsWith(start) ? (JSON.parse(line.slice(start.length)) as Message) : undefined
}
