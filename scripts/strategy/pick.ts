/** Picks the first strategy that can work, and says why the others can't. */
import { NoStrategyError } from '../lib/errors.ts'
import { debian } from './debian.ts'
import { native } from './native.ts'
import { official } from './official.ts'
import { type Need, type Strategy, Unavailable } from './strategy.ts'

/** In order of preference. */
export const strategies: readonly Strategy[] = [native, official, debian]

/**
 * Does `work` with the first strategy that can; one that turns out to be Unavailable is followed by the next.
 * @param wanted a strategy's name, or `auto`.
 * @param onNext is told why the next one is tried.
 * @throws NoStrategyError with a reason for each that was tried.
 */
export async function withStrategy<T>(
  wanted: string,
  need: Need,
  work: (strategy: Strategy) => Promise<T>,
  onNext: (from: Strategy, error: Unavailable) => void = () => {},
  from = strategies,
): Promise<T> {
  const reasons: ConstructorParameters<typeof NoStrategyError>[0] = []
  const candidates = from.filter(({ name }) => wanted === 'auto' || name === wanted)
  for (const strategy of candidates) {
    const obstacles = await strategy.unusable(need)
    for (const { reason, hint } of obstacles) reasons.push({ strategy: strategy.name, reason, hint })
    if (obstacles.length > 0) continue
    try {
      return await work(strategy)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      reasons.push({ strategy: strategy.name, reason: error.message, hint: error.hint })
      if (strategy !== candidates.at(-1)) onNext(strategy, error)
    }
  }
  throw new NoStrategyError(reasons)
}

/** The first that can work, as far as can be said without trying. */
export const pickStrategy = (wanted: string, need: Need, from = strategies): Promise<Strategy> =>
  withStrategy(wanted, need, async strategy => strategy, undefined, from)
