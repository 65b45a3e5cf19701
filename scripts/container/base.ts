/** The image that the builder image starts from: Debian's own, or one made here where no registry answers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAlong } from '../lib/along.ts'
import { Interrupted } from '../lib/errors.ts'
import { interrupted, onInterrupt } from '../lib/interrupt.ts'
import { linesOf } from '../lib/lines.ts'
import { withLock } from '../lib/lock.ts'
import { aptLines, aptNetwork } from '../lib/network.ts'
import { cacheDir } from '../plan/cache.ts'
import { enter } from '../sandbox/enter.ts'
import { subordinateProblem } from '../sandbox/idmap.ts'
import { SUBORDINATE_MEND } from '../sandbox/obstacles.ts'
import { missing } from '../sandbox/requirements.ts'
import { TOOLS_SUITE } from '../sandbox/trees.ts'
import { wipe } from '../strategy/wipe.ts'
import { dieWithUs, type Engine, engineRun } from './engine.ts'
import { ContainerError, explain } from './errors.ts'
import { pull } from './pull.ts'

/** Debian's image of the suite that Rootsmith's tools come from. */
const PUBLIC_BASE = `debian:${TOOLS_SUITE}-slim`
/** The one made here. */
const OWN_BASE = `rootsmith-base:${TOOLS_SUITE}`

/** What no build in a container reads. */
const EXCLUDED = ['doc', 'man', 'locale', 'info', 'lintian'].map(name => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

/**
 * @param say is told what is done. @param show gets what programs print.
 * @returns the name of an image that the engine has.
 */
export async function ensureBase(
  engine: Engine,
  say: (text: string) => void,
  show: (line: string) => void,
): Promise<string> {
  for (const image of [PUBLIC_BASE, OWN_BASE]) if (await has(engine, image)) return image
  say(`Pull ${PUBLIC_BASE}`)
  const refused = await pull(engine, PUBLIC_BASE, show).then(
    () => undefined,
    (error: unknown) => (error instanceof ContainerError ? error : Promise.reject(error)),
  )
  if (!refused) return PUBLIC_BASE
  say(`No registry has it (${refused.message}): make the base with mmdebstrap`)
  await makeBase(engine, refused, show)
  return OWN_BASE
}

const has = async (engine: Engine, image: string): Promise<boolean> =>
  (await engineRun(engine, ['image', 'inspect', image])).exitCode === 0

async function makeBase(engine: Engine, refused: ContainerError, show: (line: string) => void): Promise<void> {
  const lacking = missing('build').some(entry => entry.package === 'mmdebstrap') ? 'mmdebstrap is not installed' : ''
  const problem = lacking || subordinateProblem()
  if (problem) {
    throw new ContainerError('image not found', `${refused.message}; and ${problem}, so the base can't be made here`, {
      hint: `${refused.hint ?? ''}\nas root: ${lacking ? 'apt-get install mmdebstrap uidmap' : SUBORDINATE_MEND}`.trim(),
    })
  }
  const cache = cacheDir()
  const work = join(cache, 'work', 'base-image')
  const lock = { what: 'making a base image', signal: interrupted }
  await withLock(join(cache, 'locks', 'base-image'), lock, async () => {
    await wipe(work)
    mkdirSync(work, { recursive: true })
    const tar = join(work, 'base.tar')
    try {
      const said = await bootstrap(engine, tar, work, show)
      if (said !== undefined) throw explain('mmdebstrap failed', said, 'build failed')
      const imported = await runAlong([...dieWithUs(), engine.program, 'import', tar, OWN_BASE], show)
      if (imported.status !== 0)
        throw explain(`${OWN_BASE} can't be imported`, imported.stderr, 'build failed', imported.status)
    } finally {
      await wipe(work)
    }
  })
}

/** In the sandbox of native builds: it works as a user, too, and after kill -9 nothing is left mounted. */
async function bootstrap(
  engine: Engine,
  tar: string,
  work: string,
  show: (line: string) => void,
): Promise<string | undefined> {
  const options = [
    '--mode=root',
    '--variant=minbase',
    '--skip=output/dev',
    `--architectures=${engine.arch}`,
    ...EXCLUDED,
  ]
  const aptConf = join(work, 'apt.conf')
  // By a file: a proxy's password must not be in a command line; and what mmdebstrap makes of it not in the image.
  writeFileSync(aptConf, aptLines(aptNetwork()), { mode: 0o600 })
  options.push(`--aptopt=${aptConf}`, '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"')
  const script = 'mount -t proc proc /proc && exec mmdebstrap "$@"'
  const sandbox = await enter(['sh', '-c', script, 'sh', ...options, TOOLS_SUITE, tar], {
    env: { ...process.env, TMPDIR: work, LC_ALL: 'C.UTF-8' },
  })
  const release = onInterrupt(async () => {
    sandbox.kill()
    await sandbox.exited
    await wipe(work)
  })
  const lines: string[] = []
  for await (const line of linesOf(sandbox.child)) {
    lines.push(line)
    show(line)
  }
  const status = await sandbox.exited
  if (interrupted.aborted) throw new Interrupted()
  release()
  return status === 0 ? undefined : errorsOf(lines).join('\n')
}

/** What mmdebstrap and apt say of what went wrong; the last line if they say nothing of the kind. */
function errorsOf(lines: string[]): string[] {
  const errors = lines.filter(line => /^(E|Err):/.test(line))
  return errors.length > 0 ? errors : lines.slice(-1)
}
