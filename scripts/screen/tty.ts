/** The screen on a terminal: stages and outputs are listr2 tasks, steps their subtasks. */
import chalk from 'chalk'
import type { Event } from '../lib/events.ts'
import { beforeEnd, interrupted } from '../lib/interrupt.ts'
import type { PlannedStage } from '../plan/types.ts'
import { clean, duration, size } from './format.ts'
import { pictureOf } from './picture.ts'
import { CLOCK_COLUMNS, Row } from './rows.ts'
import type { Screen, ScreenOptions } from './screen.ts'
import { nextCommands, summaryLines } from './summary.ts'

const REFRESH_MS = 150
const SIZE_COLUMNS = 10

type StageRow = { plan: PlannedStage; row: Row; steps: Row[]; open: PromiseWithResolvers<void> }
type OutputRow = { row: Row; files: number; made: { file: string; bytes: number; seconds: number }[] }

/** `10-system.ts`, `stages/10-system/10-system.ts` and `10-system` are one. */
const stem = (file: string): string => file.replace(/^.*\//, '').replace(/\.ts$/, '')

const facts = (time: string, bytes: number | undefined, note: string): string =>
  chalk.dim(
    `${time.padStart(CLOCK_COLUMNS)}  ${(bytes === undefined ? '' : size(bytes)).padStart(SIZE_COLUMNS)}  ${note}`.trimEnd(),
  )

const stageRow = (plan: PlannedStage, width: number): StageRow => {
  const stepWidth = Math.max(0, ...plan.steps.map(step => step.title.length))
  return {
    plan,
    row: new Row(plan.name.padEnd(width)),
    steps: plan.steps.map(step => new Row(clean(step.title).padEnd(stepWidth))),
    open: Promise.withResolvers<void>(),
  }
}

export function ttyScreen({ plan, verbose, write = text => void process.stdout.write(text) }: ScreenOptions): Screen {
  const width = Math.max(...[...plan.stages, ...plan.outputs].map(({ name }) => name.length), 'get ready'.length)
  const stages = new Map(plan.stages.map(stage => [stage.name, stageRow(stage, width)]))
  const outputs = new Map<string, OutputRow>(
    plan.outputs.map(({ name, files }) => [name, { row: new Row(name.padEnd(width)), files: files.length, made: [] }]),
  )
  // What the driver does before the first stage (tools, locks). It is drawn only when it has something to say.
  const ready = new Row('get ready'.padEnd(width), 'hidden')
  /** As they come to an end: a stage after its steps. */
  const order = [
    ready,
    ...[...stages.values()].flatMap(({ row, steps }) => [...steps, row]),
    ...[...outputs.values()].map(({ row }) => row),
  ]
  const warnings: string[] = []
  let current = ready

  const list = pictureOf([
    ready.listr(),
    ...[...stages.values()].map(({ row, steps, open }) =>
      row.listr(async () => {
        await open.promise
        // A reused or skipped stage is over already and has nothing to unfold.
        return row.settled ? [] : steps
      }),
    ),
    ...[...outputs.values()].map(({ row }) => row.listr()),
  ])
  const drawn = list.run().catch(() => undefined)
  const ticker = setInterval(() => {
    for (const row of order) row.refresh()
  }, REFRESH_MS)

  /** Whatever should have ended before `row` and did not say so: steps without events, an output's last file. */
  const goTo = (row: Row): void => {
    for (const earlier of order.slice(0, order.indexOf(row))) settle(earlier)
    current = row
  }
  const settle = (row: Row): void => {
    if (row.settled) return
    const output = [...outputs.values()].find(output => output.row === row)
    if (output) finishOutput(output)
    else row.finish(row === ready ? row.clock() : '')
    for (const stage of stages.values()) if (stage.row === row) stage.open.resolve()
  }
  const finishOutput = ({ row, made }: OutputRow): void => {
    const sum = (key: 'bytes' | 'seconds'): number => made.reduce((total, one) => total + one[key], 0)
    row.finish(
      made.length === 0 ? '' : facts(duration(sum('seconds')), sum('bytes'), made.map(({ file }) => file).join(', ')),
    )
  }
  const stepOf = (stage: string, step: string, title?: string): Row | undefined => {
    const found = stages.get(stage)
    const at =
      found?.plan.steps.findIndex(planned => planned.title === title || stem(planned.file) === stem(step)) ?? -1
    return found?.steps[at]
  }

  const handlers: { [K in Event['type']]: (event: Extract<Event, { type: K }>) => void } = {
    stage_start: ({ name }) => {
      const stage = stages.get(name)
      if (!stage) return
      goTo(stage.steps[0] ?? stage.row)
      current = stage.row
      stage.row.begin(clean(stage.plan.reason))
      stage.open.resolve()
    },
    step_start: ({ stage, step, title }) => {
      const row = stepOf(stage, step, title)
      if (row) goTo(row)
      row?.begin()
    },
    step_complete: ({ stage, step, seconds }) => {
      stepOf(stage, step)?.finish(chalk.dim(duration(seconds).padStart(CLOCK_COLUMNS)))
      current = stages.get(stage)?.row ?? current
    },
    step_skip: ({ stage, step, title, reason }) => {
      const row = stepOf(stage, step, title)
      if (row) goTo(row)
      row?.finish(chalk.dim(`${'skipped'.padStart(CLOCK_COLUMNS)}  ${clean(reason)}`), 'skip')
    },
    stage_complete: ({ name, status, seconds, reason, bytes }) => {
      const stage = stages.get(name)
      if (!stage) return
      goTo(stage.row)
      if (status === 'built') stage.row.finish(facts(duration(seconds), bytes, clean(reason)))
      else if (status === 'reused') stage.row.finish(facts('reused', bytes, `${duration(seconds)} saved`))
      else stage.row.finish(facts('skipped', undefined, clean(reason)), 'skip')
      stage.open.resolve()
    },
    output_start: ({ name }) => {
      const output = outputs.get(name)
      if (output) goTo(output.row)
      output?.row.begin()
    },
    output_complete: ({ name, file, bytes, seconds }) => {
      const output = outputs.get(name)
      output?.made.push({ file, bytes, seconds })
      if (output && output.made.length >= output.files) finishOutput(output)
    },
    general: event => {
      current.wake()
      current.count({ ...event, message: clean(event.message) })
    },
    // fail() follows; what went wrong is main's to print.
    failed: () => {},
    log: ({ level, msg }) => {
      if (level === 'warn' || level === 'error') warnings.push(clean(msg))
      if (level !== 'debug' || verbose) {
        current.wake()
        current.say(clean(msg))
      }
    },
  }

  const stopping = (): void => current.say('stopping …')
  interrupted.addEventListener('abort', stopping)
  let left = false
  const leave = async (how: (row: Row) => void, last: string): Promise<void> => {
    if (left) return
    left = true
    clearInterval(ticker)
    takeBack()
    interrupted.removeEventListener('abort', stopping)
    for (const row of order) how(row)
    for (const stage of stages.values()) stage.open.resolve()
    await drawn
    for (const warning of new Set(warnings)) write(`${chalk.yellow('⚠')} ${warning}\n`)
    write(`\n${last}`)
  }
  const fail = (): Promise<void> => leave(row => row.fail(), '')
  const takeBack = beforeEnd(fail)

  return {
    event(event) {
      ;(handlers[event.type] as (event: Event) => void)(event)
    },
    raw(line) {
      const text = clean(line).trim()
      if (text !== '') current.say(text)
    },
    async end(summary) {
      await leave(settle, `${summaryLines(summary, summary.next ?? nextCommands(plan), chalk).join('\n')}\n`)
    },
    fail,
  }
}
