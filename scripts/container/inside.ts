/** The container's program: builds natively in there, and tells the driver outside. See wire.ts for what they say. */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EXIT, StepError, UserError } from '../lib/errors.ts'
import { formatEvent } from '../lib/events.ts'
import { listen } from '../lib/interrupt.ts'
import { mendable } from '../lib/system-error.ts'
import { cacheDir } from '../plan/cache.ts'
import type { Plan } from '../plan/types.ts'
import type { Screen } from '../screen/screen.ts'
import { buildHere, planHere } from '../strategy/native.ts'
import type { Request } from '../strategy/strategy.ts'
import { type Failure, formatMessage, JOB, type Job, type Message } from './wire.ts'

const job = JSON.parse(readFileSync(JOB, 'utf8')) as Job
await rm(JOB)
Object.assign(process.env, job.environment)

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (message: Message): void => write(formatMessage(job.word, message))

listen(() => process.exit(EXIT.interrupted))
const go = Promise.withResolvers<void>()
const taken = Promise.withResolvers<void>()
createInterface({ input: process.stdin })
  .on('line', line => {
    if (line === 'go') go.resolve()
    if (line === 'taken') taken.resolve()
  })
  // The driver is gone, or has had enough: as if it were Ctrl-C.
  .on('close', () => process.kill(process.pid, 'SIGINT'))

/** Passes on what the driver's own screen is to show. */
const screen: Screen = {
  event: event => write(formatEvent(event)),
  raw: write,
  end: async () => {},
  fail: async () => {},
}

/** The config's name is safe in a path: config/rules. */
const results = join(cacheDir(), 'results', job.loaded.config.name)
const request: Request = {
  loaded: { ...job.loaded, locate: () => ({ file: job.loaded.file }) },
  options: { ...job.options, out: results },
}

try {
  if (job.verb === 'plan') tell({ plan: await planHere(request, job.strategy) })
  else {
    await rm(results, { recursive: true, force: true })
    await buildHere(request, begin, job.strategy)
    tell({ results })
    await taken.promise
  }
  await rm(results, { recursive: true, force: true })
  process.exit(EXIT.ok)
} catch (error) {
  tell({ failed: failureOf(mendable(error)) })
  process.exit(EXIT.failed)
}

async function begin(plan: Plan): Promise<Screen> {
  tell({ plan })
  await go.promise
  return screen
}

function failureOf(error: unknown): Failure {
  if (error instanceof StepError) return { step: error.detail, message: error.message }
  if (error instanceof UserError) {
    const { message, hint, where, exitCode } = error
    return { message, hint, where, exitCode }
  }
  return { message: String(error), stack: error instanceof Error ? error.stack : undefined }
}
