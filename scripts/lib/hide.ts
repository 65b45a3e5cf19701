/** Strikes values out of text before it is shown or written: `‹NAME›` stands where they were. */
import type { Event } from './events.ts'

export type Hide = { text(text: string): string; event(event: Event): Event }

/** @param values with the name that stands for each; they hold no line end. */
export function hiding(values: ReadonlyMap<string, string>): Hide {
  const names = new Map<string, string>()
  for (const [value, name] of values) for (const spelling of spellings(value)) names.set(spelling, name)
  // The longest first, as one may be the beginning of another.
  const all = [...names.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(all.map(RegExp.escape).join('|'), 'g')
  const text = (shown: string): string =>
    all.length === 0 ? shown : shown.replace(pattern, found => `‹${names.get(found)}›`)
  return {
    text,
    // Its type is a word of ours, and a layer's id is looked up by others.
    event: event =>
      Object.fromEntries(
        Object.entries(event).map(([key, value]) => [
          key,
          typeof value === 'string' && !['type', 'layer', 'sha256'].includes(key) ? text(value) : value,
        ]),
      ) as Event,
  }
}

/** As it is, and as those write it who quote it: JSON, zx and bash, sh, one inside the other; URLs, base64. */
function spellings(value: string): string[] {
  const base64 = value.length < 8 ? [] : [0, 1, 2].map(before => base64Of(value, before))
  const written = [value, JSON.stringify(value).slice(1, -1)].flatMap(text => [
    text,
    text.replaceAll("'", `'\\''`),
    // zx's quote(), which is bash's $'…'.
    text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\t', '\\t'),
  ])
  const inUrls = [encodeURIComponent, encodeURI].map(encode => encode(value.toWellFormed()))
  return [...new Set([...written, ...inUrls, ...base64])]
}

/** Without the letters at both ends that depend on what stands there: `before` bytes precede it in their group of three. */
function base64Of(value: string, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), Buffer.from(value)])
    .toString('base64')
    .replace(/=+$/, '')
  const bytes = Buffer.byteLength(value) + before
  return text.slice(before === 0 ? 0 : before + 1, bytes % 3 === 0 ? undefined : -1)
}
