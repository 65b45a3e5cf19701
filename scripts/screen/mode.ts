/** Which screen to use. */
export type Mode = 'tty' | 'plain' | 'json'

/**
 * A picture that redraws itself needs a terminal that understands it; CI systems sometimes have a terminal, and keep
 * every redraw of it in their log. NO_COLOR is about colours only (no-color.org): chalk and listr2 heed it themselves.
 */
export function screenMode(facts: { json: boolean; isTTY: boolean; env: Record<string, string | undefined> }): Mode {
  if (facts.json) return 'json'
  const { CI, TERM } = facts.env
  const onCI = CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0'
  return facts.isTTY && !onCI && TERM !== 'dumb' ? 'tty' : 'plain'
}
