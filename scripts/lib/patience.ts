/** Trying again, for downloads that another program makes: a few times, with back-off, and not for what stays broken. */
import { UserError } from './errors.ts'
import { interrupted } from './interrupt.ts'
import { backOff } from './network.ts'

/** Downloads failed in a way that may pass. */
export class DownloadError extends UserError {
  override name = 'DownloadError'
  /** Something came, or there is another mirror to ask: the next attempt begins from a better place. */
  readonly fruitful: boolean
  /** It was given up after a long wait. */
  readonly hung: boolean
  /** All that the program printed. */
  readonly output: string
  constructor(message: string, more: { hint: string; fruitful: boolean; hung?: boolean; output: string }) {
    super(message, { hint: more.hint })
    this.fruitful = more.fruitful
    this.hung = more.hung ?? false
    this.output = more.output
  }
}

export const PATIENCE = {
  attempts: 6,
  /** With nothing to show for it no attempt begins later than this. */
  fruitlessMs: 25_000,
  /** Before the second attempt, doubled for each one after it. */
  delayMs: 2000,
} as const

/** What made `error` a failure of downloads, if it was one: also below the error of the step that met it. */
const downloadError = (error: unknown): DownloadError | undefined =>
  error instanceof DownloadError
    ? error
    : error instanceof Error && error.cause
      ? downloadError(error.cause)
      : undefined

/**
 * Does `work` until it is done.
 * @throws what it threw last: anything but a DownloadError at once; that when all attempts are used up, or when for a while
 * nothing came of them.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  warn: (message: string) => void,
  { attempts, fruitlessMs, delayMs }: { attempts: number; fruitlessMs: number; delayMs: number } = PATIENCE,
): Promise<T> {
  let fruitful = Date.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const failed = downloadError(error)
      if (!failed || interrupted.aborted) throw error
      // One file may have had bad luck when all others came.
      if (failed.fruitful || (attempt === 1 && !failed.hung)) fruitful = Date.now()
      const wait = backOff(attempt + 1, delayMs)
      if (attempt >= attempts || Date.now() - fruitful + wait > fruitlessMs) throw error
      warn(`${failed.message}; trying again in ${Math.round(wait / 1000)} s (attempt ${attempt + 1} of ${attempts})`)
      await Bun.sleep(wait)
    }
  }
}
