/** The shipped Pi config as somebody meets it who works on it: from nothing, again, after an edit, and a second one. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { ROOT } from '../plan/world.ts'
import { hostArch } from '../sandbox/arch.ts'
import { wipe } from '../strategy/wipe.ts'
import { bareTools } from './bare-tools.ts'
import type { Bench } from './bench.ts'
import { type Built, build, verb, whole } from './build.ts'
import { piPackages, plainMmdebstrap } from './mmdebstrap.ts'
import { type Measured, median } from './report.ts'

/** Of the first build and of what it is compared with. */
const FIRST_ROUNDS = 3

/** What takes less than a second is measured so often: one run of it says little. */
const QUICK_RUNS = 5

const FIRST = 'stages/00-bootstrap/50-bench.ts'
export const LAST = 'stages/90-finish/50-bench.ts'

/** The folder of the Pi's results, for the part that takes their image apart. */
export const PI_OUT = 'pi'
export const piFile = (work: string): string => join(work, 'pi', 'rpi.yaml')

/** In the order in which somebody meets it; part image has the edit of the last stage, beside what it is compared with. */
export async function measurePi(bench: Bench): Promise<void> {
  copyConfig(bench.work)
  const config = piFile(bench.work)
  const again = (): ReturnType<typeof build> => build(bench, config, PI_OUT)
  await measureFirst(bench)
  await bench.measure('pi/start', 'the program starts: build --help', () =>
    often(async () => (await verb(bench, 'build', ['--help'])).seconds),
  )
  await bench.measure('pi/same', 'Pi: again, nothing changed', () =>
    often(async () => {
      const built = await again()
      requireOnly(built, undefined)
      return built.wall
    }),
  )
  await bench.measure('pi/first', 'Pi: first stage edited', async () => whole(await buildEdited(bench, FIRST)))
  const second = ['--set', 'name=rpi-second', '--set', 'packages+=[vim-tiny]']
  await bench.measure('pi/second', 'a second config on the same base', async () =>
    whole(await build(bench, config, 'pi-second', second)),
  )
}

/** From nothing, beside what nobody can do without: the same packages for this machine, and the compressor. */
async function measureFirst(bench: Bench): Promise<void> {
  const { config } = await loadConfig(piFile(bench.work))
  let built: Built | undefined
  await bench.measureInTurn(FIRST_ROUNDS, [
    {
      id: 'pi/cold',
      what: 'Pi: first build, with all downloads',
      async how() {
        await bench.emptyCache()
        built = await build(bench, piFile(bench.work), PI_OUT)
        return whole(built)
      },
    },
    {
      id: 'pi/mmdebstrap',
      what: `Pi: the same packages for ${hostArch()} by plain mmdebstrap, with all downloads`,
      async how() {
        const folder = join(bench.work, 'plain')
        mkdirSync(folder, { recursive: true })
        const seconds = await plainMmdebstrap(folder, config.from.debian?.suite ?? 'trixie', piPackages(config))
        await wipe(folder)
        return { seconds }
      },
    },
    {
      id: 'pi/compress',
      what: 'Pi: the compressor alone',
      async how() {
        if (!built) throw new UserError('there is no build to compare with')
        return { seconds: (await bareTools(bench, built, config)).compress }
      },
    },
  ])
}

/** @param file FIRST or LAST: a comment more, and its stage and those above it are built again. */
export async function buildEdited(bench: Bench, file: string): Promise<Built> {
  const config = piFile(bench.work)
  appendFileSync(join(dirname(config), file), '// edited\n')
  const built = await build(bench, config, PI_OUT)
  requireOnly(built, dirname(file).replace('stages/', ''))
  return built
}

/**
 * Somebody who edits Rootsmith's own scripts while it is measured has other stages built, too: no figure of what it says.
 * @param first the stage that was edited; undefined: none.
 */
export function requireOnly({ stages }: Pick<Built, 'stages'>, first: string | undefined): void {
  const [built] = Object.keys(stages)
  if (built === first) return
  const expected = first ? `only ${first} and what follows it` : 'nothing'
  throw new UserError(`${built ?? 'nothing'} was built first, where ${expected} should have been`, {
    hint: "did somebody change Rootsmith's scripts meanwhile? measure in a clone that nobody works in",
  })
}

/** Makes a copy of config/ whose rpi.yaml has a step of ours in its first stage and one in its last. */
export function copyConfig(work: string): void {
  const folder = dirname(piFile(work))
  cpSync(join(ROOT, 'config'), folder, { recursive: true })
  const text = readFileSync(piFile(work), 'utf8')
  if (/^stages:/m.test(text))
    throw new UserError('config/rpi.yaml has stages of its own, which the bench would replace')
  writeFileSync(piFile(work), `${text}\nstages: [stages]\n`)
  for (const file of [FIRST, LAST]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    // Absolute, as the copy is outside of the repository.
    const script = `import { step } from '${ROOT}/scripts/stage/step.ts'\n\nexport default step({ title: 'Be edited', async run() {} })\n`
    writeFileSync(join(folder, file), script)
  }
}

async function often(once: () => Promise<number>): Promise<Measured> {
  const runs: number[] = []
  while (runs.length < QUICK_RUNS) runs.push(await once())
  return { seconds: median(runs), runs }
}
