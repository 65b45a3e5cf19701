import { describe, expect, test } from 'bun:test'
import { stripVTControlCharacters } from 'node:util'
import { table } from '../../scripts/bench/table.ts'
import { LIST, PI, sample } from './sample.ts'

const lines = (report = sample(...LIST, ...PI)): string[] => table(report).map(stripVTControlCharacters)

describe('the table', () => {
  test('names the machine, the programs, the date and the commit first', () => {
    expect(lines().slice(0, 3)).toEqual([
      'Example CPU, 2 cores, 8.0 GiB',
      'Debian GNU/Linux 13 (trixie), Linux 6.12.0-amd64, bun 1.4.4, mmdebstrap 1.5.7, qemu 10.0.2',
      '2026-01-02, commit 0123456789ab',
    ])
  })
  test('says what is unusual about the run below that', () => {
    expect(lines({ ...sample(), notes: ['from one mirror'] })[3]).toBe('from one mirror')
  })
  test('has every figure with its time, in one column', () => {
    const times = lines().filter(line => line.includes('what '))
    expect(times).toContainEqual(expect.stringMatching(/^ {2}what pi\/cold is +2 min 30 s$/))
    expect(times).toHaveLength(LIST.length + PI.length)
    expect(new Set(times.map(line => line.length)).size).toBe(1)
  })
  test('says how long the outputs of a build took', () => {
    const report = sample(['pi/cold', 150])
    Object.assign(report.figures[0] as object, { output: 61.25 })
    expect(lines(report)).toContain('  what pi/cold is  2 min 30 s  output 1 min 01 s')
  })
  test('says of a ratio whether its bound holds', () => {
    expect(lines()).toContainEqual(
      expect.stringMatching(/^✔ list P, trixie, arm64: accelerated ÷ native +1\.20 +≤ 1\.3$/),
    )
    expect(lines()).toContainEqual(
      expect.stringMatching(/^✖ list P, trixie, armhf: accelerated ÷ native +1\.40 +≤ 1\.3$/),
    )
    expect(lines()).toContainEqual(expect.stringMatching(/^✔ .*beyond the start +0\.50 s +≤ 1$/))
  })
  test('says which trees differ, and in what', () => {
    const report = sample()
    report.identity = [
      { id: 'a', what: 'one', equal: true, entries: 3, differing: [] },
      { id: 'b', what: 'two', equal: false, entries: 4, differing: ['./etc/motd: content'] },
    ]
    const all = lines(report)
    expect(all.slice(all.indexOf('Trees') + 1)).toEqual([
      '✔ one  3 entries',
      '✖ two  4 entries',
      '    ./etc/motd: content',
    ])
  })
  test('says what was not measured and why; only a failure is marked', () => {
    const report = sample()
    report.missing = [
      { id: 'a', what: 'mkosi', reason: 'it is not installed', failed: false },
      { id: 'b', what: 'Pi', reason: 'the build failed', failed: true },
    ]
    const all = lines(report)
    expect(all.slice(-2)).toEqual(['  mkosi: it is not installed', '✖ Pi: the build failed'])
  })
  test('has no section without rows, and nothing that is not a number', () => {
    expect(lines(sample())).toHaveLength(3)
    for (const figures of [LIST, PI, LIST.slice(1), PI.slice(2)])
      expect(lines(sample(...figures)).join('\n')).not.toMatch(/NaN|undefined|Infinity/)
  })
})
