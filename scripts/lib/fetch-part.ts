/** One attempt at a download: a request for what is still missing, and its answer appended to the part. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { type Dispatcher, stream } from 'undici/index.js'
import type { Download } from './download.ts'

/** A reason to try another mirror, but not this one again: the file is not there. */
export class Gone extends Error {}

/** A reason to come back later, in milliseconds: the server said when (Retry-After: RFC 9110, 10.2.3). */
export class Busy extends Error {
  readonly waitMs: number
  constructor(message: string, waitMs: number) {
    super(message)
    this.waitMs = waitMs
  }
}

/** What a server calls the version of the file that the part was taken from. */
export type Validator = { value?: string }

type Fetch = Pick<Download, 'sha256' | 'signal' | 'onProgress'> & { dispatcher: Dispatcher }

/**
 * One attempt: appends to what is there when the server agrees that it is the same file, else starts over.
 * @returns whether all of the part came by it.
 */
export async function fetchPart(url: string, part: string, validator: Validator, options: Fetch): Promise<boolean> {
  const have = await stat(part).then(
    ({ size }) => size,
    () => 0,
  )
  const resume = have > 0 && (validator.value !== undefined || options.sha256 !== undefined)
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (resume) headers.range = `bytes=${have}-`
  if (resume && validator.value) headers['if-range'] = validator.value
  const { signal, dispatcher } = options
  let file: number | undefined
  let answer: Answer | undefined
  try {
    await stream(url, { method: 'GET', headers, dispatcher, ...(signal ? { signal } : {}) }, response => {
      answer = read(response, have, validator)
      if (answer.start === undefined) return sink(() => undefined)
      const { start, total } = answer
      file = openSync(part, start > 0 ? 'a' : 'w')
      let bytes = start
      return sink(chunk => {
        if (file === undefined) return
        writeFileSync(file, chunk)
        bytes += chunk.length
        options.onProgress?.(bytes, total)
      })
    })
    if (file !== undefined) fsyncSync(file)
  } finally {
    if (file !== undefined) closeSync(file)
  }
  if (!answer || answer.start !== undefined) return answer?.start === 0
  // The part is as long as the file, or longer: its digest decides, and a wrong one removes it.
  if (answer.status === 416 && options.sha256) return false
  if (answer.status === 416 || answer.status === 206) rmSync(part, { force: true })
  const again = [206, 408, 416, 425, 429].includes(answer.status) || answer.status >= 500
  const message = `the server says ${answer.status}`
  if (again && answer.waitMs !== undefined) throw new Busy(message, answer.waitMs)
  throw new (again ? Error : Gone)(message)
}

/** Where in the file the body starts, unless it is none of what we asked for. */
type Answer = { status: number; start?: number; total?: number | undefined; waitMs?: number | undefined }

function read(
  { statusCode: status, headers }: Dispatcher.StreamFactoryData,
  have: number,
  validator: Validator,
): Answer {
  const header = (name: string): string | undefined => [headers[name]].flat()[0]
  const start = status === 206 ? Number(/^bytes (\d+)-/.exec(header('content-range') ?? '')?.[1] ?? -1) : 0
  if ((status !== 200 && status !== 206) || (start !== 0 && start !== have))
    return { status, waitMs: wait(header('retry-after')) }
  const etag = header('etag')
  // A weak one may stand for other bytes (RFC 9110, 13.1.5).
  const value = etag && !etag.startsWith('W/') ? etag : header('last-modified')
  if (value) validator.value = value
  else delete validator.value
  const length = header('content-length')
  return { status, start, total: length === undefined ? undefined : start + Number(length) }
}

/** Seconds, or a date. */
function wait(value: string | undefined): number | undefined {
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/**
 * Takes every chunk at once, so undici never has to wait for us. It must not: when a server hangs up while undici 7 has
 * paused its parser, an assertion ends the process (nodejs/undici#5360, mended in 8).
 */
const sink = (take: (chunk: Uint8Array) => void): Writable =>
  new Writable({
    highWaterMark: 2 ** 30,
    write(chunk, _encoding, done) {
      try {
        take(chunk)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
