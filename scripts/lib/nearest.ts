/** Did-you-mean. */
import { distance } from 'fastest-levenshtein'

/** The candidate that is most likely meant by a misspelt word, or undefined when none is close. Two letters may be wrong,
 * which is what two swapped ones count as; in short words one, in long ones two in five. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const scored = candidates
    .map(candidate => ({ candidate, wrong: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, wrong }) => wrong <= (candidate.length < 4 ? 1 : Math.max(2, candidate.length * 0.4)))
    .sort((a, b) => a.wrong - b.wrong)
  return scored[0]?.candidate
}
