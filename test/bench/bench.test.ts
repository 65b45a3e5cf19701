import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from '../../scripts/bench/bench.ts'
import { UserError } from '../../scripts/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'rootsmith-bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

const begin = (): Promise<Bench> =>
  Bench.begin(join(folder, 'cache'), { suites: [], emulated: false, mirror: undefined }, [folder], () => undefined)

test('things that are compared take turns, and one that fails is not tried again', async () => {
  const bench = await begin()
  const turns: string[] = []
  const thing = (id: string, seconds: number[], failsAt?: number) => {
    let run = 0
    return {
      id,
      what: id,
      async how() {
        turns.push(id)
        if (run === failsAt) throw new UserError('no more')
        return { seconds: seconds[run++] ?? 0 }
      },
    }
  }
  await bench.measureInTurn(3, [thing('a', [3, 1, 2]), thing('b', [1, 1, 1], 1), thing('c', [5, 6, 4])])
  expect(turns.join('')).toBe('abcabcac')
  expect(bench.report.figures).toEqual([
    { id: 'a', what: 'a', seconds: 2, runs: [3, 1, 2] },
    { id: 'c', what: 'c', seconds: 5, runs: [5, 6, 4] },
  ])
  expect(bench.report.missing).toMatchObject([{ id: 'b', reason: 'no more', failed: true }])
})

test('what was measured is saved at once', async () => {
  const bench = await begin()
  await bench.measure('one', 'one', async () => ({ seconds: 1 }))
  expect(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8'))).toMatchObject({
    complete: false,
    figures: [{ id: 'one' }],
  })
  expect(existsSync(join(folder, 'bench.svg'))).toBe(true)
})

test('the cache is emptied for a build from nothing, and configs and results stay', async () => {
  const bench = await begin()
  mkdirSync(join(bench.cache, 'layers/one'), { recursive: true })
  writeFileSync(join(bench.work, 'rpi.yaml'), '')
  await bench.emptyCache()
  expect(readdirSync(bench.cache)).toEqual(['bench'])
  expect(readdirSync(bench.work)).toEqual(['rpi.yaml'])
})
