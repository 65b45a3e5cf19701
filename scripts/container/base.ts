/** The image that the builder image starts from: Debian's own, or one made here where no registry answers. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { interrupted } from '../lib/interrupt.ts'
import { withLock } from '../lib/lock.ts'
import { cacheDir } from '../plan/cache.ts'
import { TOOLS_SUITE } from '../sandbox/trees.ts'
import { wipe } from '../strategy/wipe.ts'
import { runAlong } from './along.ts'
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
  if (!Bun.which('mmdebstrap')) {
    throw new ContainerError('image not found', refused.message, {
      hint: `${refused.hint ?? ''}\nwithout a registry the base is made here, which takes: apt-get install mmdebstrap uidmap`.trim(),
    })
  }
  const work = join(cacheDir(), 'work', 'base-image')
  await withLock(
    join(cacheDir(), 'locks', 'base-image'),
    { what: 'making a base image', signal: interrupted },
    async () => {
      await wipe(work)
      mkdirSync(work, { recursive: true })
      const tar = join(work, 'base.tar')
      try {
        const isRoot = process.getuid?.() === 0
        // As root in a mount namespace of its own: after kill -9 nothing is left mounted.
        const inside = isRoot
          ? ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child']
          : []
        const options = [
          '--variant=minbase',
          `--mode=${isRoot ? 'root' : 'unshare'}`,
          `--architectures=${engine.arch}`,
          ...EXCLUDED,
        ]
        const words = [...dieWithUs(), ...inside, 'mmdebstrap', ...options, TOOLS_SUITE, tar]
        const made = await runAlong(words, show, { env: { TMPDIR: work, LC_ALL: 'C.UTF-8' } })
        if (made.status !== 0) throw explain('mmdebstrap failed', made.stderr, 'build failed', made.status)
        const imported = await runAlong([...dieWithUs(), engine.program, 'import', tar, OWN_BASE], show)
        if (imported.status !== 0)
          throw explain(`${OWN_BASE} can't be imported`, imported.stderr, 'build failed', imported.status)
      } finally {
        await wipe(work)
      }
    },
  )
}
