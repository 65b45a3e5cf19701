/** Building in a container: ships what is needed, shows what is said, and takes the results out. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { EXIT, Interrupted, StepError, UserError } from '../lib/errors.ts'
import { parseEvent } from '../lib/events.ts'
import { openLog } from '../lib/log.ts'
import { interrupted } from '../lib/main.ts'
import { userFolder } from '../lib/paths.ts'
import { isMade } from '../output/current.ts'
import { moveResults, publishFailure } from '../output/publish.ts'
import { cacheDir } from '../plan/cache.ts'
import type { Plan } from '../plan/types.ts'
import { registryAuths } from '../preload/auths.ts'
import { buildImages } from '../preload/build.ts'
import { STAGE, wantedImages } from '../preload/wanted.ts'
import type { Screen } from '../screen/screen.ts'
import { needOf } from '../strategy/need.ts'
import type { Begin, Request } from '../strategy/strategy.ts'
import type { Engine } from './engine.ts'
import { ContainerError, explain } from './errors.ts'
import { openFolder } from './folder.ts'
import type { Image } from './image.ts'
import { networkEnv, networkFor } from './network.ts'
import { CACHE, putIn, type Session, startContainer, takeOut } from './run.ts'
import { environmentOf, pack } from './ship.ts'
import { ensureVolume } from './volume.ts'
import { BUILT, type Failure, type Job, jobFolder, parseMessage } from './wire.ts'

/** Where, by what and what for a container runs. */
export type Where = { engine: Engine; image: Image; strategy: string }

export async function planInContainer(where: Where, request: Request): Promise<Plan> {
  return inContainer(where, 'plan', request, async (session, job) => {
    const heard: string[] = []
    for await (const line of session.lines) {
      const message = parseMessage(job.word, line)
      if (!message) remember(heard, line)
      else if ('plan' in message) return { ...message.plan, out: request.options.out }
      else if ('failed' in message) throw errorOf(message.failed)
    }
    throw await silentEnd(session, heard)
  })
}

export async function buildInContainer(where: Where, request: Request, begin: Begin): Promise<Plan> {
  const { out } = request.options
  return inContainer(where, 'build', request, async (session, job, folder) => {
    const log = openLog(join(cacheDir(), 'logs', `${job.loaded.config.name}.log`))
    const heard: string[] = []
    let plan: Plan | undefined
    let screen: Screen | undefined
    for await (const line of session.lines) {
      const message = parseMessage(job.word, line)
      if (!message) {
        log.line(line)
        remember(heard, line)
        const event = parseEvent(line)
        // A step that failed is told at the end, with all that is known of it.
        if (!event) screen?.raw(line)
        else if (event.type !== 'failed') screen?.event(event)
      } else if ('plan' in message) {
        plan = { ...message.plan, out }
        screen = await begin(plan)
        if (await isMade(plan)) return plan
        await sendImages(where, session, job, plan, folder, screen)
        session.say('go')
      } else if ('failed' in message) {
        throw errorOf(message.failed, plan && publishFailure(plan, log.file))
      } else if (plan) {
        mkdirSync(join(folder, 'results'))
        await takeOut(where.engine, session.name, message.results, join(folder, 'results'))
        moveResults(join(folder, 'results'), out)
        session.say('taken')
        return plan
      }
    }
    throw await silentEnd(session, heard)
  })
}

/** Builds the images that the container can't, and gives them to it: here is the engine that it runs on. */
async function sendImages(
  { engine }: Where,
  { name }: Session,
  { word, loaded: { config } }: Job,
  plan: Plan,
  folder: string,
  screen: Screen,
): Promise<void> {
  if (plan.stages.find(stage => stage.name === STAGE)?.status !== 'build') return
  const say = (msg: string): void => screen.event({ type: 'log', level: 'info', msg })
  const order = { wanted: wantedImages(config), arch: config.arch, say, log: (line: string) => screen.raw(line) }
  const archive = await buildImages(order, folder)
  if (archive) await putIn(engine, name, archive, `${jobFolder(CACHE, word)}/${BUILT}`)
}

const pulled = (config: Config): string[] =>
  wantedImages(config).flatMap(({ how, reference }) => (how === 'pull' ? [reference] : []))

/** Of what was said, enough for an error. */
function remember(heard: string[], line: string): void {
  heard.push(line)
  if (heard.length > 5) heard.shift()
}

/** Starts a container and sees to its end, whichever way `work` ends. */
async function inContainer<T>(
  { engine, image, strategy }: Where,
  verb: Job['verb'],
  request: Request,
  work: (session: Session, job: Job, folder: string) => Promise<T>,
): Promise<T> {
  const { locate: _, ...loaded } = request.loaded
  const environment = environmentOf(request.loaded, process.env)
  const images = needOf(loaded.config).images === true
  const job: Job = {
    ...{ word: randomUUID(), verb, loaded, options: request.options, strategy, environment },
    auths: images && verb === 'build' ? await registryAuths() : {},
  }
  const volume = await ensureVolume(engine)
  const folder = await openFolder()
  const specification = {
    image: image.name,
    name: loaded.config.name,
    images,
    volume,
    network: networkFor(process.env, loaded.config, images ? pulled(loaded.config) : []),
    environment: {
      ...networkEnv(process.env),
      ROOTSMITH_CACHE: CACHE,
      // Paths in messages are as short as they can be from where the user stands.
      ROOTSMITH_CWD: userFolder(),
    },
  }
  try {
    const archive = await pack(request, folder.path)
    const session = startContainer(engine, specification, archive, JSON.stringify(job))
    try {
      return await work(session, job, folder.path)
    } finally {
      session.close()
      await session.ended
    }
  } catch (error) {
    // Whatever it says, we asked for its end.
    if (interrupted.aborted) throw new Interrupted()
    throw error
  } finally {
    await folder.remove()
  }
}

function errorOf({ step, message, hint, where, exitCode, stack }: Failure, log?: string): Error {
  if (step) return new StepError(step, { file: log, remote: true })
  // Somebody told the container to stop, and it was not us.
  if (exitCode === EXIT.interrupted && !interrupted.aborted)
    return new ContainerError('container failed', 'the container was stopped', { hint: STOPPED })
  if (exitCode !== undefined) return new UserError(message, { hint, where, exitCode: exitCode as 1 })
  const bug = new Error(message)
  if (stack) bug.stack = stack
  return bug
}

const STOPPED =
  'the engine was stopped, or its machine ran out of memory\nthe next build goes on from the last finished stage'

/** The container ended and had not said why. */
async function silentEnd(session: Session, heard: string[]): Promise<Error> {
  const status = await session.ended
  if (interrupted.aborted) return new Interrupted()
  // 125 to 127 are the engine's own: docker-run(1), "Exit status".
  if (status >= 125 && status <= 127) {
    const what = heard.length === 0 ? 'the container did not start' : 'the engine let go of the container'
    return explain(what, session.said(), 'container failed', status)
  }
  const state = session.state()
  if (typeof state === 'object' && status !== 0 && state.failed.startsWith('it took nothing'))
    return new ContainerError('time-out', `the container did not start: ${state.failed}`, {
      hint: 'is the engine busy? try `docker ps`',
    })
  const last = heard.map(line => `\n  ${line}`).join('')
  const killed = status === 137 || status === 143
  return new ContainerError(
    'container failed',
    `the container ended before the build did (exit status ${status})${killed ? '' : last}`,
    {
      hint: killed ? `it was killed: ${STOPPED}` : undefined,
      status,
    },
  )
}
