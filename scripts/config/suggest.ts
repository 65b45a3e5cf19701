/** Words for hints. */
import { nearest } from '../lib/nearest.ts'

/** ``did you mean `x`?``, or undefined. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = meant(word, candidates)
  return near && `did you mean \`${near}\`?`
}

/** The candidate that was probably meant. Comparing a very long word would take long, and it was no slip of the finger. */
export function meant(word: string, candidates: Iterable<string>): string | undefined {
  const others = [...candidates].filter(candidate => candidate !== word)
  return word.length > 64 ? undefined : nearest(word, others)
}

/** `` `a`, `b` or `c` ``. */
export function oneOf(words: Iterable<string>): string {
  const quoted = [...words].map(word => `\`${word}\``)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}
