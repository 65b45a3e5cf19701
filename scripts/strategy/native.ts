/** Building on this machine, in a sandbox of the kernel's namespaces: as root, or as a user with subordinate ids. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateValues } from '../config/private.ts'
import { Interrupted, StepError, type StepFailure } from '../lib/errors.ts'
import { type Event, formatEvent, parseEvent } from '../lib/events.ts'
import { hiding } from '../lib/hide.ts'
import { linesOf } from '../lib/lines.ts'
import { type Holder, withLock } from '../lib/lock.ts'
import { openLog } from '../lib/log.ts'
import { interrupted, onInterrupt } from '../lib/main.ts'
import { isMade } from '../output/current.ts'
import { publish, publishFailure } from '../output/publish.ts'
import { cacheDir, keyFile } from '../plan/cache.ts'
import { makePlan } from '../plan/make.ts'
import type { Plan } from '../plan/types.ts'
import { ROOT } from '../plan/world.ts'
import { registryAuths } from '../preload/auths.ts'
import { buildImages } from '../preload/build.ts'
import { preload, type Supplies } from '../preload/preload.ts'
import { STAGE } from '../preload/wanted.ts'
import { enter } from '../sandbox/enter.ts'
import { obstacles } from '../sandbox/obstacles.ts'
import { profileLines } from '../sandbox/profile.ts'
import type { Screen } from '../screen/screen.ts'
import { failedDir } from '../stage/failed.ts'
import { touchLayer } from '../stage/layers.ts'
import { pruneSuperseded } from '../stage/prune.ts'
import { requireCacheSpace } from './space.ts'
import type { Begin, Obstacle, Request, Strategy } from './strategy.ts'
import { wipe } from './wipe.ts'

export const native: Strategy = {
  name: 'native',
  unusable: async need => [...(await obstacles(need)), ...(need.images ? imageObstacles() : [])],
  plan: request => planHere(request, 'native'),
  build: (request, begin) => buildHere(request, begin, 'native'),
}

/** What Docker's overlay2 marks folders with, only the machine's own root may write: attributes `trusted.*`, xattr(7). */
const imageObstacles = (): Obstacle[] =>
  process.getuid?.() === 0
    ? []
    : [
        {
          reason:
            'the images of docker-compose components are put into the rootfs by a Docker daemon, which only root can start',
          hint: 'run it as root, or in a container: --strategy debian',
        },
      ]

export const planHere = ({ loaded, options }: Request, strategy: string, cache = cacheDir()): Promise<Plan> =>
  makePlan(loaded, { ...options, strategy, cache })

/** @param strategy what metadata.json says it was built by: a container builds like this, too. */
export async function buildHere(
  request: Request,
  begin: Begin,
  strategy: string,
  supplies: Supplies = { built: buildImages, auths: registryAuths },
): Promise<Plan> {
  // With every stage built the plan names the layers that the outputs are of.
  const replan = (): Promise<Plan> => planHere({ ...request, options: { ...request.options, fresh: false } }, strategy)
  const plan = await planHere(request, strategy)
  mkdirSync(plan.cache, { recursive: true })
  makeKey(plan.cache)
  requireCacheSpace(plan)
  const screen = await begin(plan)
  const say = (msg: string): void => screen.event({ type: 'log', level: 'info', msg })
  const cacheLock = join(plan.cache, 'locks', 'cache')
  const what = `building ${plan.name}`
  let waited = false
  const wait = (message: (holder: Holder | undefined) => string) => (holder: Holder | undefined) => {
    waited = true
    say(message(holder))
  }
  const busy = (holder: Holder | undefined): string =>
    `waiting: ${plan.name} is being built already${holder ? ` by process ${holder.pid}` : ''}`
  // One build of a name at a time; and none while the cache is being pruned.
  const options = { what, signal: interrupted }
  await withLock(
    cacheLock,
    { ...options, mode: 'shared', onWait: wait(() => 'waiting until the cache is pruned') },
    () =>
      withLock(join(plan.cache, 'locks', `build-${plan.name}`), { ...options, onWait: wait(busy) }, async () => {
        await tidy(plan)
        // Whom we waited for may have made what we want.
        const current = waited && !plan.fresh ? await replan() : plan
        if (!(await isMade(current))) return carryOut(current, request.loaded, screen, replan, supplies)
        for (const { layer } of current.stages) if (layer) touchLayer(current.cache, layer)
        if (plan.profile) for (const line of profileLines([])) say(line)
      }),
  )
  // Another build may be using what could go now; the next one will find it.
  await withLock(cacheLock, { what: 'pruning', signal: AbortSignal.abort() }, () =>
    pruneSuperseded(plan.cache, wipe),
  ).catch(() => {})
  return plan
}

function makeKey(cache: string): void {
  try {
    writeFileSync(keyFile(cache), randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

async function carryOut(
  plan: Plan,
  loaded: Request['loaded'],
  screen: Screen,
  replan: () => Promise<Plan>,
  supplies: Supplies,
): Promise<void> {
  const work = join(plan.cache, 'work', plan.name)
  mkdirSync(join(work, 'out'), { recursive: true })
  const planFile = join(work, 'plan.json')
  const log = openLog(join(plan.cache, 'logs', `${plan.name}.log`))
  const hide = hiding(privateValues(loaded, process.env))
  const started = Date.now()
  const events: Event[] = []
  let failure: StepFailure | undefined

  // Nothing private is written or shown.
  const raw = (line: string): void => {
    log.line(hide.text(line))
    screen.raw(hide.text(line))
  }
  const tell = (said: Event): void => {
    const event = hide.event(said)
    log.line(formatEvent(event))
    events.push(event)
    if (event.type === 'failed') failure = event
    else screen.event(event)
  }

  const images = plan.stages.find(({ name }) => name === STAGE)
  if (images) {
    const stop = onInterrupt(() => wipe(work))
    try {
      images.layer = await preload(plan, loaded.config, loaded.dir, { ...supplies, work, event: tell, raw })
    } catch (error) {
      if (!(error instanceof StepError)) throw error
      tell({ type: 'failed', ...error.detail })
      log.close()
      // There is no rootfs yet to open a shell in.
      const file = publishFailure(plan, log.file)
      await wipe(work)
      throw new StepError(failure ?? error.detail, { file })
    }
    stop()
  }
  writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 })

  const sandbox = await enter([process.execPath, join(ROOT, 'scripts/stage/run.ts'), planFile, work])
  const release = onInterrupt(async () => {
    sandbox.kill()
    await sandbox.exited
    await wipe(work)
  })
  for await (const line of linesOf(sandbox.child)) {
    const event = parseEvent(line)
    if (event) tell(event)
    else raw(line)
  }
  const status = await sandbox.exited
  log.close()
  if (interrupted.aborted) throw new Interrupted()
  release()
  try {
    if (failure || status !== 0) {
      const file = publishFailure(plan, log.file)
      throw new StepError(failure ?? died(status), { file, config: plan.configFile })
    }
    const { layers } = JSON.parse(readFileSync(join(work, 'result.json'), 'utf8')) as { layers: string[] }
    const { outputsKey } = await replan()
    // metadata.json has target and architecture: one of a few words each, where the plan may have the name of a variable.
    await publish(
      { ...plan, config: loaded.config },
      { work, log: log.file, events, layers, seconds: (Date.now() - started) / 1000, outputsKey },
    )
  } finally {
    await wipe(work)
  }
}

/** Removes what a killed or a failed build of this name left. */
async function tidy(plan: Plan): Promise<void> {
  for (const left of [join(plan.cache, 'work', plan.name), failedDir(plan.cache, plan.name)])
    if (existsSync(left)) await wipe(left)
}

function died(status: number): StepFailure {
  return {
    stage: '',
    title: 'the build',
    file: 'scripts/stage/run.ts',
    message: 'the sandbox ended without a word',
    status: `exit status ${status}`,
    hint: status === 137 ? 'it was killed: perhaps the machine ran out of memory (`dmesg` says)' : undefined,
  }
}
