/** A changed component on its way into the .run, beside what packing alone takes. */
import { appendFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Bench } from './bench.ts'
import { build, whole } from './build.ts'
import { copyConfig, piFile, requireOnly } from './pi.ts'

const ROUNDS = 3
const OUT = 'run'

/** Measures `run/changed` and `run/packed`, in turn. */
export async function measureRun(bench: Bench): Promise<void> {
  copyConfig(bench.work)
  const config = piFile(bench.work)
  const bundle = (): ReturnType<typeof build> => build(bench, config, OUT, [], 'bundle')
  // The layers below, which nobody changes.
  await bundle()
  await bench.measureInTurn(ROUNDS, [
    {
      id: 'run/changed',
      what: 'Pi: a component changed, to its .run',
      async how() {
        appendFileSync(join(dirname(config), 'files/hello.conf'), '# changed\n')
        const built = await bundle()
        requireOnly(built, '90-finish')
        return whole(built)
      },
    },
    {
      id: 'run/packed',
      what: 'Pi: packing alone, image and .run',
      async how() {
        rmSync(join(bench.work, 'out', OUT), { recursive: true, force: true })
        const built = await bundle()
        requireOnly(built, undefined)
        return { ...whole(built), seconds: built.output }
      },
    },
  ])
}
