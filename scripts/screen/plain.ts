/** The screen where there is no terminal: a line for each event, none of which is ever taken back. */
import { Chalk } from 'chalk'
import type { Event } from '../lib/events.ts'
import { amount, clean, duration, size } from './format.ts'
import type { Screen, ScreenOptions } from './screen.ts'
import { nextCommands, summaryLines } from './summary.ts'

/** A step that says nothing for this long is shown to be alive: CI systems end jobs that fall silent. */
const HEARTBEAT_MS = 30_000
/** Progress of one step is said at most this often. */
const PROGRESS_MS = 10_000

type Options = ScreenOptions & { heartbeatMs?: number }

export function plainScreen(options: Options): Screen {
  const { plan, verbose, write = text => void process.stdout.write(text), heartbeatMs = HEARTBEAT_MS } = options
  const start = performance.now()
  const titles = new Map(
    plan.stages.flatMap(stage => stage.steps.map(step => [`${stage.name} ${step.file}`, step.title])),
  )
  let current = ''
  let began = start
  let lastRaw = ''
  let saidAt = start
  let progressAt = 0
  let progressOf = ''

  const say = (text: string): void => {
    saidAt = performance.now()
    const seconds = Math.floor((saidAt - start) / 1000)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    write(`[${clock.padStart(6)}] ${text}\n`)
  }
  const begin = (what: string): void => {
    current = what
    began = performance.now()
    lastRaw = ''
  }
  const heartbeat = setInterval(() => {
    if (current === '' || performance.now() - saidAt < heartbeatMs) return
    say(`${current}: still at it after ${duration((performance.now() - began) / 1000)}${lastRaw && ` · ${lastRaw}`}`)
  }, heartbeatMs / 6)
  heartbeat.unref()

  const handlers: { [K in Event['type']]: (event: Extract<Event, { type: K }>) => void } = {
    stage_start: ({ name, steps }) => {
      const reason = plan.stages.find(stage => stage.name === name)?.reason
      say(`${name}: ${steps} step${steps === 1 ? '' : 's'}${reason ? ` · ${clean(reason)}` : ''}`)
      begin(name)
    },
    step_start: ({ stage, step, title }) => {
      titles.set(`${stage} ${step}`, title)
      begin(`${stage}: ${clean(title)}`)
      say(current)
    },
    step_complete: ({ stage, step, seconds }) => {
      say(`${stage}: ${clean(titles.get(`${stage} ${step}`) ?? step)}: done in ${duration(seconds)}`)
      begin(stage)
    },
    step_skip: ({ stage, title, reason }) => say(`${stage}: ${clean(title)}: skipped, ${clean(reason)}`),
    stage_complete: ({ name, status, seconds, reason, bytes }) => {
      if (status === 'built') say(`${name}: built in ${duration(seconds)}, ${size(bytes)}`)
      else if (status === 'reused') say(`${name}: reused, ${duration(seconds)} saved`)
      else say(`${name}: skipped, ${clean(reason)}`)
      current = ''
    },
    output_start: ({ name }) => {
      begin(`output ${name}`)
      say(current)
    },
    output_complete: ({ name, file, bytes, seconds }) => {
      say(`output ${name}: ${file}, ${size(bytes)}, in ${duration(seconds)}`)
      current = ''
    },
    general: event => {
      const now = performance.now()
      // A count of something is the same progress whatever it says of the thing at hand (`Unpacking vim`).
      const of = `${current} ${event.unit ?? event.message}`
      if (of === progressOf && now - progressAt < PROGRESS_MS) return
      progressOf = of
      progressAt = now
      say([current, clean(event.message), amount(event)].filter(Boolean).join(': '))
    },
    failed: ({ stage, title, message }) => {
      say(`${stage}: ${clean(title)}: FAILED, ${clean(message)}`)
      current = ''
    },
    log: ({ level, msg }) => {
      if (level === 'debug' && !verbose) return
      say(
        level === 'warn' || level === 'error' ? `${level === 'warn' ? 'warning' : 'error'}: ${clean(msg)}` : clean(msg),
      )
    },
  }
  return {
    event(event) {
      ;(handlers[event.type] as (event: Event) => void)(event)
    },
    raw(line) {
      const text = clean(line)
      if (text === '') return
      lastRaw = text
      if (verbose) say(`  ${text}`)
    },
    async end(summary) {
      clearInterval(heartbeat)
      const lines = summaryLines(summary, summary.next ?? nextCommands(plan), new Chalk({ level: 0 }))
      write(`\n${lines.join('\n')}\n`)
    },
    async fail() {
      clearInterval(heartbeat)
    },
  }
}
