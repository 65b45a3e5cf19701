/**
 * What the runner (inside the sandbox) tells the driver (outside) on stdout: one event a line,
 * `::progress::type=…,k=v` or `::log::level=…,msg=…`. Any other line is raw output of a program.
 */
import type { StepFailure } from './errors.ts'

export type StageStatus = 'built' | 'reused' | 'skipped'

export type Event =
  | { type: 'stage_start'; name: string; steps: number }
  | { type: 'step_start'; stage: string; step: string; title: string }
  | { type: 'step_complete'; stage: string; step: string; seconds: number }
  | { type: 'step_skip'; stage: string; step: string; title: string; reason: string }
  | {
      type: 'stage_complete'
      name: string
      status: StageStatus
      /** Seconds it took now; for a reused layer, the seconds it took when it was built. */
      seconds: number
      /** Why it was built or skipped, in one line; empty for a reused one. */
      reason: string
      /** Disk usage of the layer. */
      bytes: number
      /** Id of the layer in the cache. */
      layer: string
    }
  | { type: 'output_start'; name: string }
  | { type: 'output_complete'; name: string; file: string; bytes: number; sha256: string; seconds: number }
  /** Work in the current step or output; `unit` says what current and total count. */
  | {
      type: 'general'
      message: string
      current?: number
      total?: number
      unit?: 'bytes' | 'files' | 'packages' | 'percent'
    }
  | ({ type: 'failed' } & StepFailure)
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; msg: string }

const NUMBERS = new Set(['steps', 'seconds', 'bytes', 'current', 'total'])
const TYPES: Record<Event['type'], true> = {
  stage_start: true,
  step_start: true,
  step_complete: true,
  step_skip: true,
  stage_complete: true,
  output_start: true,
  output_complete: true,
  general: true,
  failed: true,
  log: true,
}

const encode = (value: string): string =>
  value.replace(/[%,=\r\n]/g, c => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
const decode = (value: string): string =>
  value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

/** @returns one line without its end. */
export function formatEvent(event: Event): string {
  const { type, ...fields } = event
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${encode(String(value))}`)
  return type === 'log' ? `::log::${pairs.join(',')}` : `::progress::${[`type=${type}`, ...pairs].join(',')}`
}

/** @returns the event on a line, or undefined when the line is raw output: a program may print anything that looks alike. */
export function parseEvent(line: string): Event | undefined {
  const match = /^::(progress|log)::(.*)$/.exec(line)
  if (!match) return undefined
  const fields: Record<string, string | number> = match[1] === 'log' ? { type: 'log' } : {}
  for (const pair of (match[2] ?? '').split(',')) {
    const at = pair.indexOf('=')
    if (at < 1) return undefined
    const key = pair.slice(0, at)
    const value = decode(pair.slice(at + 1))
    fields[key] = NUMBERS.has(key) ? Number(value) : value
    if (Number.isNaN(fields[key])) return undefined
  }
  // `in` would find Object.prototype's names, too.
  return Object.hasOwn(TYPES, fields.type ?? '') ? (fields as unknown as Event) : undefined
}
