/**
 * Downloads that survive bad networks: mirrors in order, retries, time-outs, and going on where the last attempt ended.
 * The file appears under its name only when it is whole and its digest is right.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
// Not 'undici': under Bun that is a stub of Bun's own, which knows no time-outs and retries nothing.
import { type Dispatcher, EnvHttpProxyAgent, interceptors } from 'undici/index.js'
import { UserError } from './errors.ts'
import { Busy, fetchPart, Gone, type Validator } from './fetch-part.ts'
import { backOff, NETWORK } from './network.ts'

/** What came whole is another file. */
export class WrongDigest extends Error {
  readonly sha256: string
  constructor(sha256: string, wanted: string) {
    super(`its sha256 is ${sha256}, not ${wanted}`)
    this.sha256 = sha256
  }
}

export type Download = {
  /** The same file on several mirrors, tried in order: with a digest in turns, else each until it is hopeless. */
  urls: readonly string[]
  file: string
  /** In hex. Without it a part left by an earlier run is thrown away: nothing would notice a change in between. */
  sha256?: string
  /** Bytes so far, and in all where the server says so. */
  onProgress?: (bytes: number, total: number | undefined) => void
  signal?: AbortSignal
  /** For each mirror; this and what follows by default as for apt (network.ts). */
  attempts?: number
  /** Silence after which an attempt is given up. */
  timeoutMs?: number
  /** Before a mirror is asked again, doubled each time; longer when it asks for that. */
  delayMs?: number
}

/**
 * What is asked for by https comes by https, whatever a server redirects to: undici would follow it to http, where anybody on
 * the way may answer.
 */
const secure: Dispatcher.DispatcherComposeInterceptor = dispatch => (options, handler) => {
  const { protocol, host } = new URL(String(options.origin))
  if (protocol !== 'https:') throw new Gone(`it redirects to ${protocol}//${host}, and only https is followed`)
  return dispatch(options, handler)
}

/**
 * @throws UserError that says what each mirror said, its cause what the last one did; the signal's reason when aborted.
 */
export async function download(options: Download): Promise<{ bytes: number; sha256: string; url: string }> {
  const { urls, file, sha256, signal } = options
  const { attempts = NETWORK.attempts, timeoutMs = NETWORK.silenceMs, delayMs = NETWORK.delayMs } = options
  const part = `${file}.part`
  await mkdir(dirname(file), { recursive: true })
  if (!sha256) await rm(part, { force: true })
  const proxied = new EnvHttpProxyAgent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  // The redirecting one comes last, so that each of its requests passes the other.
  const redirecting = interceptors.redirect({ maxRedirections: 10 })
  const [plain, safe] = [proxied.compose(redirecting), proxied.compose(secure, redirecting)]
  const sources = urls.map(url => ({
    url,
    validator: {} as Validator,
    failed: 0,
    reason: '',
    gone: false,
    notBefore: 0,
  }))
  const rounds = Array.from({ length: attempts })
  // Another mirror's file may differ, unless the digest will tell: without one, a mirror is left only when it is hopeless.
  const turns = sha256 ? rounds.flatMap(() => sources) : sources.flatMap(source => rounds.map(() => source))
  let whole = false
  let cause: unknown
  try {
    for (const source of turns) {
      if (source.gone) continue
      const wait = source.notBefore - Date.now()
      if (wait > 0) await setTimeout(wait, undefined, signal ? { signal } : {}).catch(() => undefined)
      signal?.throwIfAborted()
      try {
        whole = false
        const dispatcher = source.url.startsWith('https:') ? safe : plain
        whole = await fetchPart(source.url, part, source.validator, { ...options, dispatcher })
        const done = await check(part, sha256)
        await rename(part, file)
        await sync(dirname(file))
        return { ...done, url: source.url }
      } catch (error) {
        signal?.throwIfAborted()
        source.failed++
        source.reason = error instanceof Error ? error.message || error.name : String(error)
        // A part of another file may have been at its start; without one, asking again gives the same again.
        source.gone = error instanceof Gone || (error instanceof WrongDigest && whole)
        cause = error
        const asked = error instanceof Busy ? Math.min(error.waitMs, NETWORK.maxDelayMs) : 0
        source.notBefore = Date.now() + Math.max(asked, backOff(source.failed + 1, delayMs))
      }
    }
    if (!sha256) await rm(part, { force: true })
  } finally {
    await proxied.destroy()
  }
  const name = file.replace(/^.*\//, '')
  const failures = sources.map(
    ({ url, reason, failed }) => `${url}: ${reason}${failed > 1 ? ` (${failed} attempts)` : ''}`,
  )
  const failed = new UserError(`cannot download ${name}`, {
    hint: failures.join('\n') || 'there is no address to fetch it from',
  })
  failed.cause = cause
  throw failed
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
    throw new WrongDigest(sha256, wanted)
  }
  return { bytes, sha256 }
}

/** So that the new name survives a power cut. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
