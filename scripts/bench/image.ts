/**
 * The image's assembly and compression, by a build whose last stage was edited and by the bare tools alone: the same tree,
 * programs and machine.
 */
import { existsSync } from 'node:fs'
import { loadConfig } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { bareTools } from './bare-tools.ts'
import type { Bench } from './bench.ts'
import { type Built, build, whole } from './build.ts'
import { buildEdited, copyConfig, LAST, PI_OUT, piFile } from './pi.ts'
import { median } from './report.ts'

const ROUNDS = 3

export async function measureImage(bench: Bench): Promise<void> {
  const { work } = bench
  if (!existsSync(piFile(work))) {
    copyConfig(work)
    const made = await bench.measure('image/before', 'Pi: built, to have a tree', async () =>
      whole(await build(bench, piFile(work), PI_OUT)),
    )
    if (!made) return
  }
  const { config } = await loadConfig(piFile(work))
  const ours: Built[] = []
  await bench.measureInTurn(ROUNDS, [
    {
      id: 'pi/last',
      what: 'Pi: last stage edited',
      async how() {
        const built = await buildEdited(bench, LAST)
        ours.push(built)
        return whole(built)
      },
    },
    {
      id: 'image/bare',
      what: 'image: bare mke2fs -d and compressor',
      async how() {
        const [built] = ours.slice(-1)
        if (!built) throw new UserError('there is no build to compare with')
        const { assemble, compress } = await bareTools(bench, built, config)
        return { seconds: assemble + compress }
      },
    },
  ])
  if (ours.length === 0) return
  const runs = ours.map(({ output }) => output)
  await bench.measure('image/ours', 'image: of the edited build, assembly and compression', async () => ({
    seconds: median(runs),
    runs,
  }))
}
