/** The shipped Pi config as somebody meets it who works on it: from nothing, again, after an edit, and a second one. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { ROOT } from '../plan/world.ts'
import type { Bench } from './bench.ts'
import { type Built, build, verb, whole } from './build.ts'
import { type Measured, median } from './report.ts'

/** What takes less than a second is measured so often: one run of it says little. */
const QUICK_RUNS = 5

const FIRST = 'stages/00-bootstrap/50-bench.ts'
const LAST = 'stages/90-finish/50-bench.ts'

/** The folder of the Pi's results, for the part that takes their image apart. */
export const PI_OUT = 'pi'
export const piFile = (work: string): string => join(work, 'pi', 'rpi.yaml')

export async function measurePi(bench: Bench): Promise<void> {
  const { work } = bench
  const folder = copyConfig(work)
  const config = piFile(work)
  const again = (): ReturnType<typeof build> => build(bench, config, PI_OUT)
  const edited = (file: string) => async (): Promise<Measured> => {
    appendFileSync(join(folder, file), '// edited\n')
    const built = await again()
    requireOnly(built, dirname(file).replace('stages/', ''))
    return whole(built)
  }
  await bench.measure('pi/cold', 'Pi: first build, with all downloads', async () => whole(await again()))
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
  await bench.measure('pi/last', 'Pi: last stage edited', edited(LAST))
  await bench.measure('pi/first', 'Pi: first stage edited', edited(FIRST))
  const second = ['--set', 'name=rpi-second', '--set', 'packages+=[vim-tiny]']
  await bench.measure('pi/second', 'a second config on the same base', async () =>
    whole(await build(bench, config, 'pi-second', second)),
  )
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

/** @returns the folder of a copy of config/ whose rpi.yaml has a step of ours in its first stage and one in its last. */
export function copyConfig(work: string): string {
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
  return folder
}

async function often(once: () => Promise<number>): Promise<Measured> {
  const runs: number[] = []
  while (runs.length < QUICK_RUNS) runs.push(await once())
  return { seconds: median(runs), runs }
}
