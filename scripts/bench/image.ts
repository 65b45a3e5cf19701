/**
 * The image's assembly and compression, by a build whose last stage was edited and by the bare tools alone: the same tree,
 * programs and machine.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { readFacts } from '../output/facts.ts'
import { layerFiles } from '../plan/cache.ts'
import { ROOT } from '../plan/world.ts'
import type { BareJob, BareResult } from './bare.ts'
import type { Bench } from './bench.ts'
import { type Built, build, whole } from './build.ts'
import { toolsTree } from './machine.ts'
import { buildEdited, copyConfig, LAST, PI_OUT, piFile } from './pi.ts'
import { median } from './report.ts'
import { runInSandbox } from './sandboxed.ts'

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
  const ours: Built[] = []
  const bare: BareResult[] = []
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
        const result = await bareTools(bench, built)
        bare.push(result)
        return { seconds: result.assemble + result.compress }
      },
    },
  ])
  const part = (id: string, what: string, runs: number[]): Promise<unknown> =>
    bench.measure(id, what, async () => ({ seconds: median(runs), runs }))
  if (ours.length === 0 || bare.length === 0) return
  await part(
    'image/ours',
    'image: of the edited build, assembly and compression',
    ours.map(({ output }) => output),
  )
  await part(
    'image/bare/compress',
    'image: of the bare tools, the compressor',
    bare.map(({ compress }) => compress),
  )
}

async function bareTools({ cache, work }: Bench, { metadata, out }: Built): Promise<BareResult> {
  const tree = toolsTree(cache)
  if (!tree) throw new UserError(`${cache} has no tree of tools after a build`)
  const { config } = await loadConfig(piFile(work))
  const folder = join(work, 'bare')
  mkdirSync(folder, { recursive: true })
  const job: BareJob = {
    tree,
    layers: metadata.layers.map(id => layerFiles(cache, id)),
    bytes: (await readFacts(out, config.name)).image_bytes,
    compression: config.image.compression,
    folder,
  }
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job))
  await runInSandbox([process.execPath, join(ROOT, 'scripts/bench/bare.ts'), join(folder, 'job.json')])
  const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as BareResult
  rmSync(folder, { recursive: true, force: true })
  return result
}
