/** Picks the first strategy that can work, and says why the others can't. */
import { NoStrategyError } from '../lib/errors.ts'
import { debian } from './debian.ts'
import { native } from './native.ts'
import { official } from './official.ts'
import type { Strategy } from './strategy.ts'

/** In order of preference. */
export const strategies: readonly Strategy[] = [native, official, debian]

/**
 * @param wanted a strategy's name, or `auto`.
 * @throws NoStrategyError with a reason for each that was tried.
 */
export async function pickStrategy(wanted: string, need: { arch: string }, from = strategies): Promise<Strategy> {
  const reasons: ConstructorParameters<typeof NoStrategyError>[0] = []
  for (const strategy of from.filter(({ name }) => wanted === 'auto' || name === wanted)) {
    const obstacles = await strategy.unusable(need)
    if (obstacles.length === 0) return strategy
    for (const { reason, hint } of obstacles) reasons.push({ strategy: strategy.name, reason, hint })
  }
  throw new NoStrategyError(reasons)
}
