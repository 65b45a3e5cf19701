/** The image's assembly and compression, by us and by the bare tools alone: the same tree, programs and machine. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { UserError } from '../lib/errors.ts'
import { readFacts } from '../output/facts.ts'
import { layerFiles } from '../plan/cache.ts'
import { ROOT } from '../plan/world.ts'
import type { BareJob, BareResult } from './bare.ts'
import type { Bench } from './bench.ts'
import { type Built, build, forgetOutputs } from './build.ts'
import { toolsTree } from './machine.ts'
import { copyConfig, PI_OUT, piFile } from './pi.ts'
import { type Measured, median } from './report.ts'
import { runInSandbox } from './sandboxed.ts'

/** Of each, in turn, so that neither has the warmer page cache. */
const ROUNDS = 2

export async function measureImage(bench: Bench): Promise<void> {
  const { work } = bench
  if (!existsSync(piFile(work))) {
    copyConfig(work)
    const made = await bench.measure('image/before', 'Pi: built, to have a tree', async () => {
      const { wall } = await build(bench, piFile(work), PI_OUT)
      return { seconds: wall }
    })
    if (!made) return
  }
  const ours: number[] = []
  const bare: BareResult[] = []
  const walls: number[] = []
  await bench.measure('image/ours', 'image: assembled and compressed by us', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      forgetOutputs(bench, PI_OUT)
      const built = await build(bench, piFile(work), PI_OUT)
      ours.push(built.output)
      walls.push(built.wall)
      bare.push(await bareTools(bench, built))
    }
    return { seconds: median(ours), runs: ours, wall: median(walls) }
  })
  if (bare.length < ROUNDS) return
  const figure = (take: (result: BareResult) => number): Promise<Measured> => {
    const runs = bare.map(take)
    return Promise.resolve({ seconds: median(runs), runs })
  }
  await bench.measure('image/bare', 'image: bare mke2fs -d and compressor', () =>
    figure(result => result.assemble + result.compress),
  )
  await bench.measure('image/bare/compress', 'image: of that, the compressor', () => figure(result => result.compress))
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
