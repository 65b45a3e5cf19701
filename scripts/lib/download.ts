/**
 * Downloads that survive bad networks: mirrors in order, retries, time-outs, and going on where the last attempt ended.
 * The file appears under its name only when it is whole and its digest is right.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
// Not 'undici': under Bun that is a stub of Bun's own, which knows no time-outs and retries nothing.
import { EnvHttpProxyAgent, interceptors } from 'undici/index.js'
import { UserError } from './errors.ts'
import { fetchPart, Gone, type Validator } from './fetch-part.ts'

export type Download = {
  /** The same file on several mirrors, tried in order. */
  urls: readonly string[]
  file: string
  /** In hex. Without it a part left by an earlier run is thrown away: nothing would notice a change in between. */
  sha256?: string
  /** Bytes so far, and in all where the server says so. */
  onProgress?: (bytes: number, total: number | undefined) => void
  signal?: AbortSignal
  /** For each mirror; default 4. */
  attempts?: number
  /** Silence after which an attempt is given up; default 30 s. */
  timeoutMs?: number
  /** Before the second attempt, doubled for each one after it; default 500 ms. */
  delayMs?: number
}

/** @throws UserError that says what each mirror said; the signal's reason when aborted. */
export async function download(options: Download): Promise<{ bytes: number; sha256: string; url: string }> {
  const { urls, file, signal, attempts = 4, timeoutMs = 30_000, delayMs = 500 } = options
  const part = `${file}.part`
  await mkdir(dirname(file), { recursive: true })
  if (!options.sha256) await rm(part, { force: true })
  const proxied = new EnvHttpProxyAgent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const dispatcher = proxied.compose(interceptors.redirect({ maxRedirections: 10 }))
  const failures: string[] = []
  try {
    for (const url of urls) {
      // What a part's validator belongs to; another mirror has others.
      const validator: Validator = {}
      for (let attempt = 1; attempt <= attempts; attempt++) {
        try {
          await fetchPart(url, part, validator, { ...options, dispatcher })
          const done = await check(part, options.sha256)
          await rename(part, file)
          await sync(dirname(file))
          return { ...done, url }
        } catch (error) {
          signal?.throwIfAborted()
          const reason = error instanceof Error ? error.message || error.name : String(error)
          if (attempt === attempts || error instanceof Gone) {
            failures.push(`${url}: ${reason}${attempt > 1 ? ` (${attempt} attempts)` : ''}`)
            break
          }
          await Bun.sleep(delayMs * 2 ** (attempt - 1))
          signal?.throwIfAborted()
        }
      }
      // Another mirror's file may differ, unless the digest will tell.
      if (!options.sha256) await rm(part, { force: true })
    }
  } finally {
    await proxied.destroy()
  }
  const name = file.replace(/^.*\//, '')
  throw new UserError(`cannot download ${name}`, {
    hint: failures.join('\n') || 'there is no address to fetch it from',
  })
}

async function check(part: string, wanted: string | undefined): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of Bun.file(part).stream()) {
    hash.update(chunk)
    bytes += chunk.length
  }
  const sha256 = hash.digest('hex')
  if (wanted && sha256 !== wanted.toLowerCase()) {
    // Whatever it is, appending to it will not mend it.
    await rm(part, { force: true })
    throw new Error(`its sha256 is ${sha256}, not ${wanted}`)
  }
  return { bytes, sha256 }
}

/** So that the new name survives a power cut. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
