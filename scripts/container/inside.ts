/** The container's program: builds natively in there, and tells the driver outside. See wire.ts for what they say. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { EXIT, StepError, UserError } from '../lib/errors.ts'
import { formatEvent } from '../lib/events.ts'
import { listen } from '../lib/interrupt.ts'
import { withLock } from '../lib/lock.ts'
import { mendable } from '../lib/system-error.ts'
import { cacheDir } from '../plan/cache.ts'
import type { Plan } from '../plan/types.ts'
import type { Screen } from '../screen/screen.ts'
import { buildHere, planHere } from '../strategy/native.ts'
import type { Request } from '../strategy/strategy.ts'
import { BUILT, type Failure, formatMessage, type Job, jobFolder, type Message } from './wire.ts'

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (message: Message): void => write(formatMessage(job.word, message))

listen(() => process.exit(EXIT.interrupted))
const said = Promise.withResolvers<Job>()
const go = Promise.withResolvers<void>()
const taken = Promise.withResolvers<void>()
let isTaken = false
createInterface({ input: process.stdin })
  .on('line', line => {
    if (line === 'go') go.resolve()
    else if (line === 'taken') {
      isTaken = true
      taken.resolve()
    } else said.resolve(JSON.parse(line) as Job)
  })
  // The driver is gone, or has had enough: as if it were Ctrl-C.
  .on('close', () => isTaken || process.kill(process.pid, 'SIGINT'))

const job = await said.promise
Object.assign(process.env, job.environment)

/** Passes on what the driver's own screen is to show. */
const screen: Screen = {
  event: event => write(formatEvent(event)),
  raw: write,
  end: async () => {},
  fail: async () => {},
}

/** Of this run alone: others may build the same here at the same time. */
const folder = jobFolder(cacheDir(), job.word)
const results = join(folder, 'out')
const request: Request = {
  loaded: { ...job.loaded, locate: () => ({ file: job.loaded.file }) },
  options: { ...job.options, out: results },
}

try {
  if (job.verb === 'plan') tell({ plan: await planHere(request, job.strategy) })
  else await withLock(lockOf(folder), { what: 'giving out results' }, buildAndGive)
  process.exit(EXIT.ok)
} catch (error) {
  tell({ failed: failureOf(mendable(error)) })
  process.exit(EXIT.failed)
}

async function buildAndGive(): Promise<void> {
  await removeOthers()
  const archive = join(folder, BUILT)
  await buildHere(request, begin, job.strategy, {
    built: async () => (existsSync(archive) ? archive : undefined),
    auths: async () => job.auths,
  })
  tell({ results })
  await taken.promise
  await rm(folder, { recursive: true, force: true })
}

/** Results that nobody took, of containers that are gone: those still here hold the lock. */
async function removeOthers(): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const other = join(dirname(folder), name)
    const now = { what: 'removing results', signal: AbortSignal.abort() }
    if (other !== folder)
      await withLock(lockOf(other), now, () => rm(other, { recursive: true, force: true })).catch(() => undefined)
  }
}

function lockOf(resultsFolder: string): string {
  return join(resultsFolder, 'lock')
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
