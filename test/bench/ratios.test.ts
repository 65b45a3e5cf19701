import { describe, expect, test } from 'bun:test'
import { ratios } from '../../scripts/bench/ratios.ts'
import { LIST, PI, sample } from './sample.ts'

const of = (...figures: [string, number][]) =>
  Object.fromEntries(ratios(sample(...figures)).map(ratio => [ratio.what, ratio]))

describe('ratios', () => {
  test('compare the foreign list with the native one, and the emulated with the accelerated', () => {
    const made = of(...LIST)
    expect(made['list P, trixie, arm64: accelerated ÷ native']).toMatchObject({ value: 1.2, holds: true })
    expect(made['list P, trixie, armhf: accelerated ÷ native']).toMatchObject({ value: 1.4, holds: false })
    expect(made['list P, trixie, arm64: emulated ÷ accelerated']).toMatchObject({ value: 8, holds: true })
  })
  test('add up what the first build of the Pi is held against', () => {
    const made = of(...PI)
    expect(made['Pi: first build ÷ (plain mmdebstrap + compressor)']).toEqual({
      what: 'Pi: first build ÷ (plain mmdebstrap + compressor)',
      value: 1.25,
      unit: 'times',
      bound: { most: 1.5 },
      holds: true,
    })
    expect(made['Pi: last stage edited ÷ bare tools']).toMatchObject({ value: 1.1, holds: true })
  })
  test('take the start of the program off a build that has nothing to do', () => {
    expect(of(...PI)['Pi: nothing changed, beyond the start']).toMatchObject({ value: 0.5, unit: 'seconds' })
  })
  test('hold at their bound, and not beyond it', () => {
    const holds = (arm64: number, emulated: number) =>
      Object.values(
        of(['list/bookworm/amd64', 100], ['list/bookworm/arm64', arm64], ['list/bookworm/arm64/emulated', emulated]),
      ).map(ratio => ratio.holds)
    expect(holds(130, 910)).toEqual([true, true])
    expect(holds(131, 910)).toEqual([false, false])
  })
  test('without a bound neither hold nor fail', () => {
    const [ratio] = ratios(sample(['image/ours', 3], ['image/bare', 2]))
    expect(ratio).toEqual({ what: 'image: assembly and compression ÷ bare tools', value: 1.5, unit: 'times' })
  })
  test('that lack a figure are left out', () => {
    expect(ratios(sample())).toEqual([])
    expect(Object.keys(of(['list/trixie/arm64', 60]))).toEqual([])
    expect(Object.keys(of(['pi/cold', 150], ['pi/mmdebstrap', 80]))).toEqual([])
  })
  test('of nothing at all are left out rather than infinite', () => {
    expect(ratios(sample(['list/trixie/amd64', 0], ['list/trixie/arm64', 60]))).toEqual([])
  })
  test('go by what is native on the machine that was measured', () => {
    const report = sample(['list/trixie/arm64', 50], ['list/trixie/amd64', 60])
    report.machine.arch = 'arm64'
    expect(ratios(report).map(({ what, value }) => [what, value])).toEqual([
      ['list P, trixie, amd64: accelerated ÷ native', 1.2],
    ])
  })
})
