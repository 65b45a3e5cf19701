/** What an error looks like: to people, and as an event for `--json`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ChalkInstance } from 'chalk'
import { ConfigError, EXIT, Interrupted, NoStrategyError, StepError, UserError, type Where } from '../lib/errors.ts'
import { parseEvent } from '../lib/events.ts'
import { DEFAULT_CONFIG } from '../lib/find-config.ts'
import { fromUser, home, shown } from '../lib/paths.ts'
import { clean } from './format.ts'

/** Lines of the log that a failed step shows. */
const TAIL_LINES = 20

const place = (where: Where | undefined): string =>
  where ? `${shown(where.file)}${where.line === undefined ? '' : `:${where.line}`}: ` : ''

/** @returns lines without their ends; a bug has its stack, everything else has none. */
export function failureLines(error: unknown, colour: ChalkInstance): string[] {
  const bad = (text: string): string => `${colour.red('✖')} ${text}`
  const hints = (hint: string | undefined, indent = '  '): string[] =>
    (hint ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line, at) => `${indent}${at === 0 ? colour.cyan('hint') : '    '} ${line}`)

  if (error instanceof StepError) return stepLines(error, colour, bad, hints)
  if (error instanceof ConfigError && error.problems.length > 0) {
    const { problems } = error
    const lines = problems.flatMap(({ where, key, message, hint }) => [
      bad(`${place(where)}${key ? `${colour.bold(key)}: ` : ''}${message}`),
      ...hints(hint),
    ])
    return problems.length > 1
      ? [...lines, '', `${problems.length} problems in the configuration; nothing was built.`]
      : lines
  }
  if (error instanceof NoStrategyError) {
    const reasons = error.reasons.flatMap(({ strategy, reason, hint }) => [
      `  ${colour.bold(strategy)}: ${reason}`,
      ...hints(hint, '    '),
    ])
    return [bad(error.message), ...reasons, ...hints(error.hint)]
  }
  if (error instanceof Interrupted) return [bad('interrupted')]
  if (error instanceof UserError) return [bad(`${place(error.where)}${error.message}`), ...hints(error.hint)]
  return [
    bad('this is a bug in Rootsmith'),
    ...stack(error).map(line => `  ${line}`),
    ...hints('please report it with the lines above, the command and the config'),
  ]
}

function stepLines(
  error: StepError,
  colour: ChalkInstance,
  bad: (text: string) => string,
  hints: (hint: string | undefined) => string[],
): string[] {
  const { detail, log } = error
  const rows: [string, string][] = detail.file ? [['script', shown(detail.file)]] : []
  if (detail.command)
    rows.push(['command', `${detail.command}${detail.status ? colour.dim(` (${detail.status})`) : ''}`])
  const tail = log.file ? lastLines(log.file, TAIL_LINES) : []
  if (tail.length > 0 && log.file) rows.push(['log', shown(log.file)])
  // Outputs, images and the tools have no stage of their own to look into; what a container left is in the container's volume.
  const config = log.config ? shown(log.config) : DEFAULT_CONFIG
  const isStage = /^\d\d-/.test(detail.stage)
  if (isStage && !log.remote) rows.push(['shell', `just shell ${config} ${detail.stage}`])
  const label =
    detail.stage === 'output' ? `output ${detail.title}` : [detail.stage, detail.title].filter(Boolean).join(': ')
  return [
    bad(`${colour.bold(label)} failed`),
    ...detail.message.split('\n').map(line => `  ${clean(line)}`),
    '',
    ...rows.map(([name, value]) => `  ${colour.dim(name.padEnd(7))}  ${value}`),
    ...(tail.length > 0 ? ['', ...tail.map(line => `  ${colour.dim('│')} ${line}`)] : []),
    ...(detail.hint ? ['', ...hints(detail.hint)] : []),
  ]
}

/** The stack with paths from Rootsmith's folder, and the errors that caused it. */
function stack(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const own = (
    error.stack?.includes(error.message) ? error.stack : `${error.name}: ${error.message}\n${error.stack ?? ''}`
  )
    .replaceAll(`${home}/`, '')
    .split('\n')
  return error.cause === undefined ? own : [...own, 'caused by', ...stack(error.cause)]
}

/** Enough for 20 lines; a log may have hundreds of megabytes. */
const TAIL_BYTES = 32_768

/** The last lines of a log as people see them: without our own event lines, empty lines and control characters. */
export function lastLines(file: string, count: number): string[] {
  let descriptor: number
  try {
    descriptor = openSync(fromUser(file), 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(descriptor)
    const start = Math.max(0, size - TAIL_BYTES)
    const buffer = Buffer.alloc(size - start)
    const read = readSync(descriptor, buffer, 0, buffer.length, start)
    const lines = buffer.subarray(0, read).toString().split('\n')
    // The first one is most likely cut.
    return (start > 0 ? lines.slice(1) : lines)
      .filter(line => !parseEvent(line))
      .map(clean)
      .filter(line => line !== '')
      .slice(-count)
  } finally {
    closeSync(descriptor)
  }
}

/** One JSON event for `--json`: `{"type":"error","kind":"ConfigError","exit":2,…}`. */
export function failureEvent(error: unknown): Record<string, unknown> {
  const user = error instanceof UserError
  return {
    type: 'error',
    kind: user ? error.name : 'bug',
    exit: user ? error.exitCode : EXIT.failed,
    message: error instanceof Error ? error.message : String(error),
    ...(user ? { hint: error.hint, where: error.where } : { stack: stack(error) }),
    ...(error instanceof ConfigError ? { problems: error.problems } : {}),
    ...(error instanceof NoStrategyError ? { reasons: error.reasons } : {}),
    ...(error instanceof StepError ? { step: error.detail, log: error.log.file } : {}),
  }
}
