import { describe, expect, test } from 'bun:test'
import { aptWatch } from '../../scripts/lib/apt-watch.ts'

/** Feeds lines, each `seconds` after the one before. */
function fed(text: string, seconds = 0) {
  let now = 0
  const watch = aptWatch(() => now)
  for (const line of text.trim().split('\n')) {
    watch.take(line)
    now += seconds * 1000
  }
  return watch
}
const get = (id: number, host = 'a') => `Get:${id} http://${host}.test/debian trixie/main amd64 p${id} amd64 1 [9 kB]`
const ign = (id: number, host = 'a') => `Ign:${id} http://${host}.test/debian trixie/main amd64 p${id} amd64 1`

describe('what apt prints', () => {
  test('names the mirror that failed, and why', () => {
    const watch = fed(
      'E: Failed to fetch http://a.test/debian/pool/main/h/hello.deb  503  busy [IP: 127.0.0.1 80]\nE: Failed to fetch http://b.test/debian/dists/trixie/InRelease  Could not connect',
    )
    expect([...watch.failures]).toEqual([
      ['http://a.test/debian', '503  busy [IP: 127.0.0.1 80]'],
      ['http://b.test/debian', 'Could not connect'],
    ])
    expect(watch.transient()).toBe(true)
  })
  test('tells a package that is gone, which newer lists mend, from a suite that is not there', () => {
    expect(fed('E: Failed to fetch http://a.test/debian/pool/x.deb  404  Not Found').transient()).toBe(true)
    expect(fed('E: Failed to fetch http://a.test/debian/dists/x/InRelease  404  Not Found').transient()).toBe(false)
    expect(fed("E: The repository 'http://a.test/debian x Release' does not have a Release file.").transient()).toBe(
      false,
    )
  })
  test('tells a signature that does not fit from a key that is missing', () => {
    const error = (why: string) => fed(`W: GPG error: http://a.test/debian trixie InRelease: ${why}`)
    expect(error('Splitting up x into data and signature failed').transient()).toBe(true)
    expect(error('Splitting up x').failures.has('http://a.test/debian')).toBe(true)
    expect(error('The following signatures … NO_PUBKEY 123').transient()).toBe(false)
  })
  test('is no failure of downloads when a package does not fit or its script fails', () => {
    expect(fed('E: Unable to correct problems, you have held broken packages.').transient()).toBe(false)
    expect(fed('E: Sub-process /usr/bin/dpkg returned an error code (1)').transient()).toBe(false)
  })
  test('says what came: a file counts when the next one from there begins', () => {
    expect(fed([get(1), get(2), get(3)].join('\n')).got('http://a.test/debian')).toBe(2)
    expect(fed([get(1), ign(1), get(1), ign(1)].join('\n')).got('http://a.test/debian')).toBe(0)
    expect(
      fed('Get:1 file:/run/mirrors.list Mirrorlist [9 B]\nGet:1 file:/run/mirrors.list Mirrorlist [9 B]').got(
        'http://a.test/debian',
      ),
    ).toBe(0)
  })
})

describe('a mirror', () => {
  test('hangs when attempts fail, one after the other, for half a minute', () => {
    const lines = [get(1), ign(1), get(1), ign(1), get(1), ign(1)].join('\n')
    expect(fed(lines, 7).hung()).toBe('http://a.test/debian')
    expect(fed(lines, 1).hung()).toBeUndefined()
  })
  test('does not hang while something comes, however slowly', () => {
    expect(fed([get(1), ign(1), get(1), get(2), ign(2), get(2), get(3), ign(3)].join('\n'), 20).hung()).toBeUndefined()
    expect(fed([get(1), get(2)].join('\n'), 600).hung()).toBeUndefined()
  })
  test('hangs though another one helps out', () => {
    const lines = [1, 2, 3].flatMap(id => [get(id), ign(id), get(id, 'b')])
    expect(fed(lines.join('\n'), 10).hung()).toBe('http://a.test/debian')
  })
  test('does not hang any more once packages are being installed', () => {
    expect(
      fed([ign(1), ign(1), ign(1), 'Fetched 9 kB in 90s (0 B/s)', 'Unpacking x'].join('\n'), 30).hung(),
    ).toBeUndefined()
  })
})
