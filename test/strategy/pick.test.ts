import { expect, test } from 'bun:test'
import { NoStrategyError } from '../../scripts/lib/errors.ts'
import { pickStrategy, strategies } from '../../scripts/strategy/pick.ts'
import type { Obstacle, Strategy } from '../../scripts/strategy/strategy.ts'

const strategy = (name: Strategy['name'], ...obstacles: Obstacle[]): Strategy => ({
  name,
  unusable: async () => obstacles,
  plan: async () => Promise.reject(new Error('not asked')),
  build: async () => Promise.reject(new Error('not asked')),
})

test('the first that can work is picked', async () => {
  const two = [strategy('native', { reason: 'no' }), strategy('official'), strategy('debian')]
  expect((await pickStrategy('auto', { arch: 'arm64' }, two)).name).toBe('official')
})

test('a forced one is the only one that is asked', async () => {
  const all = [strategy('native'), strategy('official'), strategy('debian')]
  expect((await pickStrategy('debian', { arch: 'arm64' }, all)).name).toBe('debian')
})

test('where none can work every reason is told, and the exit code is 3', async () => {
  const none = [
    strategy('native', { reason: 'one' }, { reason: 'two', hint: 'mend it' }),
    strategy('official', { reason: 'three' }),
  ]
  const error = await pickStrategy('auto', { arch: 'arm64' }, none).catch(thrown => thrown as NoStrategyError)
  expect(error).toBeInstanceOf(NoStrategyError)
  expect((error as NoStrategyError).exitCode).toBe(3)
  expect((error as NoStrategyError).reasons).toEqual([
    { strategy: 'native', reason: 'one', hint: undefined },
    { strategy: 'native', reason: 'two', hint: 'mend it' },
    { strategy: 'official', reason: 'three', hint: undefined },
  ])
})

test('the order is native, official, Debian', () => {
  expect(strategies.map(({ name }) => name)).toEqual(['native', 'official', 'debian'])
})
