import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtStages, outputSeconds } from '../../scripts/bench/build.ts'
import { atMedian, median, secondsOf, writeBeside } from '../../scripts/bench/report.ts'
import { sample } from './sample.ts'

test('the median is the one in the middle, or half of the two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([10, 1, 2, 4])).toBe(3)
  expect(() => median([])).toThrow('nothing')
})

test('of several runs the median one is kept whole, with the seconds of all', () => {
  const runs = [9, 5, 7].map(seconds => ({ seconds, wall: seconds + 1 }))
  expect(atMedian(runs)).toEqual({ seconds: 7, wall: 8, runs: [9, 5, 7] })
  expect(atMedian(runs.slice(0, 2))).toEqual({ seconds: 9, wall: 10, runs: [9, 5] })
  expect(() => atMedian([])).toThrow('nothing')
})

test('a figure that was not measured has no seconds', () => {
  expect(secondsOf(sample(['pi/cold', 5]), 'pi/cold')).toBe(5)
  expect(secondsOf(sample(['pi/cold', 5]), 'pi')).toBeUndefined()
})

test('a file is replaced as a whole, and nothing is left beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-bench-'))
  const file = join(folder, 'deep', 'bench.json')
  writeBeside(file, 'one')
  writeBeside(file, 'two')
  expect(readFileSync(file, 'utf8')).toBe('two')
  expect(readdirSync(join(folder, 'deep'))).toEqual(['bench.json'])
  rmSync(folder, { recursive: true })
})

test('an output of several files took its seconds once', () => {
  const complete = (name: string, seconds: number) => ({ type: 'output_complete', name, seconds })
  const events = [
    { type: 'output_start', name: 'image' },
    complete('image', 40),
    complete('image', 40),
    complete('deb', 2),
  ]
  expect(outputSeconds(events)).toBe(42)
  expect(outputSeconds([])).toBe(0)
})

test('stages that were reused, and trees of tools, are no part of what a build cost', () => {
  const stage = (name: string, status: string) => ({ name, status, seconds: 3, reason: '', bytes: 0, layer: '' })
  const stages = [stage('tools trixie', 'built'), stage('00-bootstrap', 'built'), stage('20-kernel', 'reused')]
  expect(builtStages({ stages })).toEqual({ '00-bootstrap': 3 })
})
