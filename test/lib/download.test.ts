import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Download, download } from '../../scripts/lib/download.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import {
  type Answer,
  at,
  content,
  hang,
  respond,
  served,
  server,
  stall,
  status,
  truncated,
  whole,
} from './raw-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'rootsmith-download-'))
const file = join(folder, 'sub/file.bin')
const sha256 = createHash('sha256').update(content).digest('hex')

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  served.asked = []
  served.answers = {}
  rmSync(join(folder, 'sub'), { recursive: true, force: true })
})

const get = (paths: string[], more: Partial<Download> = {}) =>
  download({ urls: paths.map(at), file, delayMs: 10, timeoutMs: 1000, ...more })
const here = (): boolean => readFileSync(file).equals(content)

describe('a download', () => {
  test('writes the file, says its digest and tells how far it is', async () => {
    served.answers = { '/a': [whole] }
    const seen: [number, number | undefined][] = []
    expect(await get(['/a'], { sha256, onProgress: (bytes, total) => seen.push([bytes, total]) })).toEqual({
      bytes: content.length,
      sha256,
      url: at('/a'),
    })
    expect(here()).toBe(true)
    expect(seen.at(-1)).toEqual([content.length, content.length])
    expect(existsSync(`${file}.part`)).toBe(false)
  })
  test('really tries again after an error of the server', async () => {
    served.answers = { '/a': [status('503 Busy'), status('500 Oops'), whole] }
    await get(['/a'])
    expect(here()).toBe(true)
    expect(served.asked).toEqual(['/a', '/a', '/a'])
  })
  test('comes back when the server says so, within reason', async () => {
    const later =
      (value: string): Answer =>
      (_, socket) =>
        void socket.end(respond('503 Busy', { 'content-length': 0, 'retry-after': value }))
    served.answers = { '/a': [later('1'), whole] }
    const before = performance.now()
    await get(['/a'], { delayMs: 1 })
    expect(performance.now() - before).toBeGreaterThan(950)
    served.answers = { '/a': [later(new Date(Date.now() - 9000).toUTCString()), later('soon'), whole] }
    await get(['/a'], { delayMs: 1 })
    expect(here()).toBe(true)
    // An hour is not within reason: it would be half a minute, and an abort ends even that.
    served.answers = { '/a': [later('3600')] }
    const signal = AbortSignal.timeout(300)
    await expect(get(['/a'], { signal })).rejects.toThrow('timed out')
  })
  test('goes on where the connection broke', async () => {
    served.answers = { '/a': [truncated(), whole] }
    await get(['/a'])
    expect(here()).toBe(true)
    expect(served.asked).toEqual(['/a', '/a from 100000'])
  })
  test('starts over when nothing says that the file is still the same', async () => {
    served.answers = { '/a': [truncated({ etag: 'W/"weak"' }), whole] }
    await get(['/a'])
    expect(here()).toBe(true)
    expect(served.asked).toEqual(['/a', '/a'])
  })
  test('starts over when the server sends the whole file instead of the rest', async () => {
    served.answers = { '/a': [truncated(), (_, socket) => whole(undefined, socket)] }
    await get(['/a'])
    expect(here()).toBe(true)
  })
  test('gives up waiting for an answer, and for the rest of one', async () => {
    served.answers = { '/a': [hang, stall, whole] }
    const before = performance.now()
    await get(['/a'], { timeoutMs: 500 })
    expect(here()).toBe(true)
    expect(served.asked).toEqual(['/a', '/a', '/a from 100000'])
    // undici's clock for time-outs ticks once a second.
    expect(performance.now() - before).toBeLessThan(6000)
  }, 10_000)
  test('goes on with a part of an earlier run only when a digest will tell', async () => {
    served.answers = { '/a': [whole, whole] }
    await get(['/a'], { sha256 })
    writeFileSync(`${file}.part`, content.subarray(0, 5000))
    await get(['/a'], { sha256 })
    expect(served.asked).toEqual(['/a', '/a from 5000'])
    expect(here()).toBe(true)
  })
  test('throws away a wrong part and fetches all of it', async () => {
    served.answers = { '/a': [whole, whole, whole] }
    await get(['/a'], { sha256 })
    writeFileSync(`${file}.part`, Buffer.alloc(5000, 1))
    await get(['/a'], { sha256 })
    expect(served.asked).toEqual(['/a', '/a from 5000', '/a'])
    expect(here()).toBe(true)
  })
  test('follows redirects', async () => {
    served.answers = {
      '/a': [(_, socket) => socket.end(respond('302 Found', { location: at('/b'), 'content-length': 0 }))],
      '/b': [whole],
    }
    await get(['/a'], { sha256 })
    expect(here()).toBe(true)
  })
})

describe('mirrors', () => {
  test('are tried in order; one that lacks the file is asked once', async () => {
    served.answers = { '/bad': [status('500 Oops'), status('500 Oops')], '/good': [whole] }
    expect((await get(['/none', '/bad', '/good'], { attempts: 2 })).url).toBe(at('/good'))
    expect(served.asked).toEqual(['/none', '/bad', '/bad', '/good'])
  })
  test('take turns under a digest: the next one is asked before the first one again', async () => {
    served.answers = { '/busy': [status('503 Busy'), whole], '/bad': [status('500 Oops')] }
    const before = performance.now()
    expect((await get(['/none', '/busy', '/bad'], { sha256, delayMs: 400 })).url).toBe(at('/busy'))
    expect(served.asked).toEqual(['/none', '/busy', '/bad', '/busy'])
    expect(performance.now() - before).toBeGreaterThan(250)
  })
  test('with a wrong file do no harm where another has the right one', async () => {
    const wrong: Answer = (_, socket) =>
      socket.end(respond('200 OK', { 'content-length': content.length }, Buffer.alloc(content.length, 1)))
    served.answers = { '/wrong': [wrong], '/good': [whole] }
    expect((await get(['/wrong', '/good'], { sha256 })).url).toBe(at('/good'))
    // Nothing of the wrong one was kept.
    expect(served.asked).toEqual(['/wrong', '/good'])
    expect(here()).toBe(true)
  })
  test('that stall half-way are gone on from by the next one', async () => {
    served.answers = { '/stall': [stall], '/good': [whole] }
    await get(['/stall', '/good'], { sha256, timeoutMs: 500 })
    expect(served.asked).toEqual(['/stall', '/good from 100000'])
    expect(here()).toBe(true)
  })
  test('what one of them sent is finished by another only under a digest', async () => {
    served.answers = { '/bad': [truncated()], '/good': [whole] }
    await get(['/bad', '/good'], { attempts: 1, sha256 })
    expect(served.asked).toEqual(['/bad', '/good from 100000'])
    served.answers = { '/bad': [truncated()], '/good': [whole] }
    served.asked = []
    await get(['/bad', '/good'], { attempts: 1 })
    expect(served.asked).toEqual(['/bad', '/good'])
    expect(here()).toBe(true)
  })
})

describe('a failure', () => {
  const failure = async (promise: Promise<unknown>): Promise<UserError> => {
    const error = await promise.then(
      () => undefined,
      error => error,
    )
    if (!(error instanceof UserError)) throw error ?? new Error('there was no error')
    return error
  }
  test('says what each mirror said, and leaves no file', async () => {
    served.answers = { '/b': [status('500 x'), status('500 x')] }
    const error = await failure(get(['/a', '/b'], { attempts: 2 }))
    expect(error.message).toBe('cannot download file.bin')
    expect(error.hint).toBe(`${at('/a')}: the server says 404\n${at('/b')}: the server says 500 (2 attempts)`)
    expect(existsSync(file)).toBe(false)
  })
  test('is a wrong digest, too', async () => {
    served.answers = { '/a': [whole, whole] }
    const error = await failure(get(['/a'], { sha256: '0'.repeat(64), attempts: 2 }))
    expect(error.hint).toContain(`its sha256 is ${sha256}, not 000`)
    expect(existsSync(file)).toBe(false)
  })
  test('is a port where nobody listens', async () => {
    const error = await failure(download({ urls: ['http://127.0.0.1:1/x'], file, attempts: 2, delayMs: 1 }))
    expect(error.hint).toMatch(/127\.0\.0\.1:1\/x: .+ \(2 attempts\)/)
  })
  test('keeps the file that was there before', async () => {
    served.answers = { '/a': [whole] }
    await get(['/a'])
    await failure(get(['/a'], { attempts: 1 }))
    expect(here()).toBe(true)
  })
})

test('an abort ends the download with its reason', async () => {
  served.answers = { '/a': [stall] }
  const controller = new AbortController()
  const promise = get(['/a'], { signal: controller.signal, timeoutMs: 20_000 })
  setTimeout(() => controller.abort(new Error('enough')), 200)
  await expect(promise).rejects.toThrow('enough')
})
