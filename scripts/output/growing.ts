/** Says how far a program is that cannot say it itself: by the size of the file that it writes. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { OutputContext } from './table.ts'

const EVERY_MS = 500

/** @param file its name in out/. @param work settles when the file is whole. */
export async function whileItGrows<T>(
  { out, progress }: OutputContext,
  message: string,
  file: string,
  work: PromiseLike<T>,
): Promise<T> {
  progress(message)
  const ticker = setInterval(() => {
    const bytes = statSync(join(out, file), { throwIfNoEntry: false })?.size
    if (bytes) progress(message, bytes)
  }, EVERY_MS)
  try {
    return await work
  } finally {
    clearInterval(ticker)
  }
}
