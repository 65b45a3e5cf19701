import { expect, test } from 'bun:test'
import { NoStrategyError } from '../../scripts/lib/errors.ts'
import { pickStrategy, strategies, withStrategy } from '../../scripts/strategy/pick.ts'
import { type Obstacle, type Strategy, Unavailable } from '../../scripts/strategy/strategy.ts'

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

test('one that turns out unusable is followed by the next, which is told; after the last one all reasons are', async () => {
  const told: string[] = []
  const tried = (name: string) =>
    withStrategy(
      'auto',
      { arch: 'arm64' },
      async ({ name: used }) => (used === name ? used : Promise.reject(new Unavailable(`${used} is gone`))),
      ({ name: from }, { message }) => void told.push(`${from}: ${message}`),
      [strategy('native'), strategy('official'), strategy('debian')],
    )
  expect(await tried('official')).toBe('official')
  expect(told).toEqual(['native: native is gone'])
  const error = (await tried('none').catch(thrown => thrown)) as NoStrategyError
  expect(error.exitCode).toBe(3)
  expect(error.reasons.map(({ strategy: name, reason }) => `${name}: ${reason}`)).toEqual([
    'native: native is gone',
    'official: official is gone',
    'debian: debian is gone',
  ])
  // After the last one there is no next to tell of.
  expect(told.slice(1)).toEqual(['native: native is gone', 'official: official is gone'])
})

test('an error of the build itself ends it: nothing else is tried', async () => {
  const work = async (): Promise<never> => Promise.reject(new Error('a bug'))
  expect(
    withStrategy('auto', { arch: 'arm64' }, work, undefined, [strategy('native'), strategy('official')]),
  ).rejects.toThrow('a bug')
})
