import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloadOf, nameOf, type Wanted } from '../../scripts/source/fetch.ts'
import { tlsServer } from './tls-server.ts'

const server = await tlsServer()
const top = mkdtempSync(join(tmpdir(), 'rootsmith-fetch-'))
let cache = ''
const one = Buffer.alloc(3_000_000, 'one')
const two = Buffer.alloc(3_000_000, 'two')
const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
const url = server.at('/a/root.tar.xz?token=t0psecret')
const path = '/a/root.tar.xz?token=t0psecret'

type Result = { file?: string; error?: string; hint?: string; said: string[]; progress: unknown[][]; raw: string }

function begin(
  wanted: Wanted,
  env: Record<string, string> = server.trust,
): { child: ChildProcess; result: Promise<Result> } {
  const child = spawn(process.execPath, [join(import.meta.dir, 'fetch-child.ts'), cache, JSON.stringify(wanted)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [raw, trouble] = ['', '']
  child.stdout.on('data', data => {
    raw += data
  })
  child.stderr.on('data', data => {
    trouble += data
  })
  const result = new Promise<Result>((resolve, reject) => {
    child.once('close', (status, signal) =>
      raw ? resolve({ ...JSON.parse(raw), raw }) : reject(new Error(`${status ?? signal}: ${trouble}`)),
    )
  })
  return { child, result }
}
const fetched = (wanted: Wanted, env?: Record<string, string>): Promise<Result> => begin(wanted, env).result

beforeEach(() => {
  server.asked = []
  server.files = { [path]: one }
  cache = mkdtempSync(join(top, 'cache-'))
})
afterAll(() => {
  server.close()
  rmSync(top, { recursive: true })
})

describe('a file by https', () => {
  test('with its sha256 is downloaded once, with progress in bytes', async () => {
    const { file = '', said, progress } = await fetched({ url, sha256: digest(one) })
    expect(readFileSync(file).equals(one)).toBe(true)
    expect(file).toBe(downloadOf(cache, url))
    expect(progress.at(-1)).toEqual(['downloading root.tar.xz', one.length, one.length, 'bytes'])
    expect((await fetched({ url, sha256: digest(one) })).file).toBe(file)
    expect(server.asked).toEqual([path])
    expect(said).toEqual([])
  })

  test('without one is kept to, and the line to add is said each time', async () => {
    const line = `the config does not say which file it downloads: add the line \`sha256: ${digest(one)}\` below its url`
    expect((await fetched({ url })).said).toEqual([line])
    server.files = { [path]: two }
    expect((await fetched({ url })).said).toEqual([line])
    expect(server.asked).toEqual([path])
  })

  test('that was removed from the cache and is another one now is refused, with both digests', async () => {
    rmSync((await fetched({ url })).file ?? '')
    server.files = { [path]: two }
    const { error, hint } = await fetched({ url })
    const shown = server.at('/a/root.tar.xz')
    expect(error).toBe(`${shown} is another file now: its sha256 is ${digest(two)}, and first it was ${digest(one)}`)
    expect(hint).toBe(`if the new one is right, add the line \`sha256: ${digest(two)}\` below its url`)
    // Once: the same answer would come again.
    expect(server.asked).toEqual([path, path])
    expect(readFileSync((await fetched({ url, sha256: digest(two) })).file ?? '').equals(two)).toBe(true)
  })

  test('that was damaged in the cache is downloaded again', async () => {
    const { file = '' } = await fetched({ url, sha256: digest(one) })
    writeFileSync(file, 'damaged')
    await fetched({ url, sha256: digest(one) })
    expect(readFileSync(file).equals(one)).toBe(true)
  })

  test('that is not the wanted one is an error with both digests, and no file', async () => {
    const { error, hint } = await fetched({ url, sha256: digest(two) })
    expect(error).toBe(`cannot download ${server.at('/a/root.tar.xz')}`)
    expect(hint).toBe(`${server.at('/a/root.tar.xz')}: its sha256 is ${digest(one)}, not ${digest(two)}`)
    expect(existsSync(downloadOf(cache, url))).toBe(false)
  })

  test('goes on where a killed download was, if its sha256 is known', async () => {
    server.files[path] = (_, response) => {
      response.writeHead(200, { 'content-length': one.length, etag: '"1"' })
      response.write(one.subarray(0, 1_000_000))
    }
    const { child, result } = begin({ url, sha256: digest(one) })
    const part = `${downloadOf(cache, url)}.part`
    while (!existsSync(part) || readFileSync(part).length < 1_000_000) await Bun.sleep(20)
    child.kill('SIGKILL')
    await result.catch(() => undefined)
    server.files[path] = one
    await fetched({ url, sha256: digest(one) })
    expect(server.asked).toEqual([path, `${path} from 1000000`])
    expect(readFileSync(downloadOf(cache, url)).equals(one)).toBe(true)
  })

  test('is downloaded once by two builds at a time', async () => {
    const results = await Promise.all([fetched({ url }), fetched({ url })])
    expect(results.map(({ file }) => file)).toEqual([downloadOf(cache, url), downloadOf(cache, url)])
    expect(server.asked).toEqual([path])
  })

  test('is not taken from a server that nobody vouches for', async () => {
    expect((await fetched({ url }, {})).hint).toContain('self signed certificate')
  })

  test('is not taken by http, where a redirect leads', async () => {
    let asked = 0
    const plain = createServer((_, response) => {
      asked++
      response.end(one)
    })
    await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', () => resolve()))
    const address = plain.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    server.files[path] = (_, response) => void response.writeHead(302, { location: `http://${host}/x` }).end()
    const { hint } = await fetched({ url })
    plain.close()
    expect(hint).toContain(`it redirects to http://${host}, and only https is followed`)
    expect(asked).toBe(0)
  })

  test('is taken by https, where a redirect leads', async () => {
    server.files['/b'] = two
    server.files[path] = (_, response) => void response.writeHead(302, { location: '/b' }).end()
    expect(readFileSync((await fetched({ url })).file ?? '').equals(two)).toBe(true)
  })

  test('whose address holds a token says nothing of it', async () => {
    expect((await fetched({ url, sha256: digest(two) })).raw).not.toContain('t0psecret')
    server.files = {}
    expect((await fetched({ url })).raw).not.toContain('t0psecret')
  })
})

describe('a file of this machine', () => {
  test('is used where it is', async () => {
    writeFileSync(join(cache, 'x.tar'), one)
    expect((await fetched({ path: 'x.tar', sha256: digest(one) })).file).toBe(join(cache, 'x.tar'))
  })
  test('with another sha256 is refused', async () => {
    writeFileSync(join(cache, 'x.tar'), one)
    const { error } = await fetched({ path: 'x.tar', sha256: digest(two) })
    expect(error).toBe(`the sha256 of x.tar is ${digest(one)}, and the config wants ${digest(two)}`)
  })
})

test('the name of a download can do no harm', () => {
  expect(
    ['/a/b.img.xz', '/', '/..', '/x/.known.json', '/a%2f..%2fb c'].map(each => nameOf(`https://h${each}`)),
  ).toEqual(['b.img.xz', 'download', 'download', 'known.json', 'a_2f.._2fb_20c'])
})
