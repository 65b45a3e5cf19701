import { expect, test } from 'bun:test'
import { Chalk } from 'chalk'
import type { Plan } from '../../scripts/plan/types.ts'
import { nextCommands, type Summary, summaryLines } from '../../scripts/screen/summary.ts'
import { demoPlan } from './plan.ts'

const summary: Summary = { name: 'rpi', out: '/srv/out/rpi', seconds: 1, stages: [], artifacts: [] }
const text = (more: Partial<Summary>): string =>
  summaryLines({ ...summary, ...more }, [], new Chalk({ level: 0 })).join('\n')
const next = (configFile: string, outputs: Plan['outputs']): string[] =>
  nextCommands({ ...demoPlan, configFile, out: `${process.cwd()}/out/rpi`, outputs })

test('a build of nothing new says so', () => {
  const stages: Summary['stages'] = [
    { name: 'a', status: 'reused', seconds: 60 },
    { name: 'b', status: 'reused', seconds: 4 },
    { name: 'c', status: 'skipped', seconds: 0 },
  ]
  expect(text({ stages })).toContain('Every stage reused: 1 min 04 s saved.')
})
test('a build of everything has no word about reuse', () => {
  expect(text({ stages: [{ name: 'a', status: 'built', seconds: 60 }] })).not.toContain('reused')
})
test('the next command boots an image, and names the config when it is not the default', () => {
  const image: Plan['outputs'] = [{ name: 'image', files: ['x.img.xz'] }]
  expect(next('config/rpi.yaml', image)).toEqual(['just boot', 'just bundle'])
  expect(next('mine/pi.yaml', image)).toEqual(['just boot mine/pi.yaml', 'just bundle mine/pi.yaml'])
})
test('the next command flashes a bundle', () => {
  const outputs: Plan['outputs'] = [
    { name: 'image', files: ['x.img.xz'] },
    { name: 'bundle', files: ['x-1.0.run'] },
  ]
  expect(next('config/rpi.yaml', outputs)).toEqual(['just boot', 'out/rpi/x-1.0.run --list-devices'])
})
test('the next command looks into a rootfs that cannot boot', () => {
  expect(next('config/rpi.yaml', [{ name: 'rootfs', files: ['x.tar.zst'] }])).toEqual(['just shell'])
})
