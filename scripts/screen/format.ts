/** How times, sizes and foreign output look on the screen. */
import { stripVTControlCharacters } from 'node:util'

/** Seconds as `0.4 s`, `41.2 s`, `2 min 04 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  // Rounded first: 59.96 is a minute, not `60.0 s`.
  const tenths = Math.round(seconds * 10) / 10
  if (tenths < 60) return `${tenths.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Bytes as `312 B`, `4.1 MiB`, `1.9 GiB`. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}

/** How long ago, in the largest unit that says enough: `3 hours ago`. */
export function ago(then: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - then.getTime()) / 60_000))
  const of = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'} ago`
  if (minutes < 1) return 'just now'
  if (minutes < 120) return of(minutes, 'minute')
  return minutes < 48 * 60 ? of(Math.round(minutes / 60), 'hour') : of(Math.round(minutes / 1440), 'day')
}

/**
 * A line of a program's output, safe to show: what a terminal would have left standing of it (the part after the last
 * carriage return), without escape sequences and control characters.
 */
export function clean(line: string): string {
  const parts = stripVTControlCharacters(line).split('\r')
  const last = parts.findLast(part => part.trim() !== '') ?? ''
  return last
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .trimEnd()
}

/** Cuts to a number of columns, the last of which becomes `…`. */
export function cut(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Bun.stringWidth(segment)
    if (used > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** `12.3 of 45.6 MiB`, `3 of 120 packages`, `40 %`; empty when nothing is counted. */
export function amount(progress: { current?: number; total?: number; unit?: string }): string {
  const { current, total, unit } = progress
  if (current === undefined) return ''
  if (unit === 'percent') return `${Math.floor(current)} %`
  if (unit === 'bytes') return total ? `${size(current)} of ${size(total)}` : size(current)
  return [total === undefined ? `${current}` : `${current} of ${total}`, unit].filter(Boolean).join(' ')
}

/** Done part of a progress from 0 to 1, or undefined when the whole is not known. */
export function share(progress: { current?: number; total?: number; unit?: string }): number | undefined {
  if (progress.current === undefined) return undefined
  const total = progress.total ?? (progress.unit === 'percent' ? 100 : 0)
  return total > 0 ? Math.min(1, Math.max(0, progress.current / total)) : undefined
}
