import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from '../../scripts/lib/bash.ts'
import { Mirrors, mirrorsOf } from '../../scripts/lib/mirrors.ts'
import { faultyMirror } from '../faulty-mirror.ts'

const folder = mkdtempSync(join(tmpdir(), 'rootsmith-mirrors-'))
afterAll(() => rmSync(folder, { recursive: true }))
const list = (): string => readFileSync(join(folder, 'mirrors.list'), 'utf8')
const run = $({ quiet: true })
const ok = () => Buffer.from('a release\n')

describe('mirrors', () => {
  test('are in a list as apt reads it, in their order', () => {
    new Mirrors(['http://a.test/debian', 'http://b.test/debian/'], folder)
    expect(list()).toBe('http://a.test/debian\tpriority:1\nhttp://b.test/debian/\tpriority:2\n')
  })
  test('that fail go behind the others; that is news once for each', () => {
    const mirrors = new Mirrors(['http://a.test/debian', 'http://b.test/debian/'], folder)
    expect(mirrors.demote(['http://other.test/debian'])).toBe(false)
    expect(mirrors.demote(['http://a.test/debian/'])).toBe(true)
    expect(list()).toStartWith('http://b.test/debian/\tpriority:1\n')
    expect(mirrors.demote(['http://b.test/debian'])).toBe(true)
    expect(mirrors.demote(['http://a.test/debian'])).toBe(false)
  })
  test('do not stand in for each other when there is one, or a snapshot is wanted', () => {
    const uri = 'mirror+file:/run/rootsmith-mirrors/mirrors.list'
    expect(new Mirrors(['http://a.test', 'http://b.test'], folder).source).toBe(uri)
    expect(new Mirrors(['http://a.test'], folder).source).toBe('http://a.test')
    expect(mirrorsOf({ mirrors: ['http://a.test', 'http://b.test'], snapshot: 'x' }, folder)?.source).toBe(
      'http://a.test',
    )
    expect(mirrorsOf({ mirrors: [] }, folder)).toBeUndefined()
  })
})

describe('a mirror with a password', () => {
  const logins = (...uris: string[]): [mirrors: Mirrors, written: string] => {
    rmSync(join(folder, 'auth.conf'), { force: true })
    const mirrors = new Mirrors(uris, folder)
    return [mirrors, mirrors.hasLogins ? readFileSync(join(folder, 'auth.conf'), 'utf8') : '']
  }
  test('is named without it, and apt finds it in a file that nobody else may read', () => {
    const [mirrors, written] = logins('http://me:pass@a.test:8080/debian')
    expect([mirrors.source, ...mirrors.uris]).toEqual(['http://a.test:8080/debian', 'http://a.test:8080/debian'])
    expect(mirrors.options).toEqual([['Dir::Etc::netrc', '/run/rootsmith-mirrors/auth.conf']])
    // apt sends a password over http only where its file says http.
    expect(written).toBe('machine http://a.test:8080/debian login me password pass\n')
    expect(statSync(join(folder, 'auth.conf')).mode & 0o777).toBe(0o600)
    expect(list()).not.toContain('pass')
  })
  test('may have any letters in it, but no blanks', () => {
    expect(logins('https://me:a%40b%3A:c@a.test/x')[1]).toBe('machine a.test/x login me password a@b::c\n')
    expect(() => new Mirrors(['http://me:a%20b@a.test/x'], folder)).toThrow('has a blank in user or password')
  })
  test('stands beside others', () => {
    const [mirrors, written] = logins('http://a.test/debian', 'https://me@b.test/debian')
    expect(mirrors.uris).toEqual(['http://a.test/debian', 'https://b.test/debian'])
    expect(written).toBe('machine b.test/debian login me password \n')
    expect(list()).toBe('http://a.test/debian\tpriority:1\nhttps://b.test/debian\tpriority:2\n')
  })
  test('is none where the `@` stands in the path', () => {
    const [mirrors] = logins('http://a.test/me:x@y/debian')
    expect([mirrors.source, mirrors.hasLogins, mirrors.options]).toEqual(['http://a.test/me:x@y/debian', false, []])
  })
})

describe.skipIf(!existsSync('/usr/lib/apt/apt-helper'))('a probe', () => {
  test('logs in where a mirror wants to know who asks', async () => {
    const asked: (string | null)[] = []
    const mirror = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: ({ headers }) => {
        asked.push(headers.get('authorization'))
        return headers.get('authorization') ? new Response('a release\n') : new Response('who?', { status: 401 })
      },
    })
    const good = await faultyMirror({ upstream: ok })
    const said: string[] = []
    const uris = [`http://me:s%40fe@127.0.0.1:${mirror.port}/debian`, `${good.url}/debian`]
    await new Mirrors(uris, folder, { seenAt: folder }).probe('trixie', run, message => said.push(message))
    expect(said).toEqual([])
    expect(asked).toContain(`Basic ${btoa('me:s@fe')}`)
    await mirror.stop(true)
    good.close()
  }, 20_000)
  test('puts those that do not answer last, says so, and is made once', async () => {
    const [bad, good] = [await faultyMirror({ upstream: ok, fault: () => '503' }), await faultyMirror({ upstream: ok })]
    const mirrors = new Mirrors([`${bad.url}/debian`, `${good.url}/debian`], folder, { seenAt: folder })
    const said: string[] = []
    for (const _ of [1, 2]) await mirrors.probe('trixie', run, message => said.push(message))
    expect(said).toEqual([expect.stringContaining(`the mirror ${bad.url}/debian comes last: 503`)])
    expect(list()).toStartWith(`${good.url}/debian\tpriority:1\n`)
    expect(good.log).toEqual([{ path: '/debian/dists/trixie/InRelease', fault: undefined, status: 200 }])
    for (const mirror of [bad, good]) mirror.close()
  }, 20_000)
  test('does not wait long for one that hangs when another answers', async () => {
    const [bad, good] = [
      await faultyMirror({ upstream: ok, fault: () => 'stall' }),
      await faultyMirror({ upstream: ok }),
    ]
    const mirrors = new Mirrors([`${bad.url}/debian`, `${good.url}/debian`], folder, { seenAt: folder })
    const said: string[] = []
    const begun = performance.now()
    await mirrors.probe('trixie', run, message => said.push(message))
    expect(performance.now() - begun).toBeLessThan(9000)
    expect(said).toEqual([`the mirror ${bad.url}/debian comes last: it does not answer`])
    for (const mirror of [bad, good]) mirror.close()
  }, 20_000)
  test('that nobody answers is an error with what each said', async () => {
    const lacks = await faultyMirror({ upstream: () => undefined })
    const error = await new Mirrors([`${lacks.url}/debian`, 'http://127.0.0.1:1/debian'], folder, { seenAt: folder })
      .probe('trixie', run, () => undefined)
      .catch(error => error)
    expect(error.message).toBe('no mirror has trixie for us')
    expect(error.hint).toContain(`${lacks.url}/debian: 404`)
    expect(error.hint).toMatch(/http:\/\/127\.0\.0\.1:1\/debian: .*connect/)
    lacks.close()
  }, 20_000)
})
