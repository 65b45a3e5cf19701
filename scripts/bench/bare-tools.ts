/** What the machine needs at least for the image of a build: bare.ts in a sandbox. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { readFacts } from '../output/facts.ts'
import { layerFiles } from '../plan/cache.ts'
import { ROOT } from '../plan/world.ts'
import type { BareJob, BareResult } from './bare.ts'
import type { Bench } from './bench.ts'
import type { Built } from './build.ts'
import { toolsTree } from './machine.ts'
import { runInSandbox } from './sandboxed.ts'

/**
 * The image of a build once more, of the same layers, as large and by the same compressor at the same level.
 * @throws UserError when something fails.
 */
export async function bareTools({ cache, work }: Bench, { metadata, out }: Built, config: Config): Promise<BareResult> {
  const tree = toolsTree(cache)
  if (!tree) throw new UserError(`${cache} has no tree of tools after a build`)
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
