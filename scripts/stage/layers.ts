/** Writes the layer cache. A layer appears whole, by a rename, or not at all. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { FORMAT, type Layer, layerDir } from '../plan/cache.ts'
import { inventory } from './inventory.ts'

const run = $({ quiet: true })

/**
 * Keeps the files of a finished stage as a layer.
 * @param folder holds `fs`, the upper folder of the stage's overlay, no longer mounted; it is moved.
 * @param nonce makes a fresh build's layer another one than that of the same key, which may be in use.
 * @param rootfsEpoch is given to all files changed since `since` (seconds): their times then say nothing of when it was built.
 */
export async function keepLayer(
  cache: string,
  folder: string,
  made: Pick<Layer, 'stage' | 'parent' | 'reads' | 'seconds'>,
  { nonce = '', since, rootfsEpoch }: { nonce?: string; since: number; rootfsEpoch: number },
): Promise<Layer> {
  const files = join(folder, 'fs')
  await run`find ${files} -newermt ${`@${since}`} -exec touch --no-dereference --date=${`@${rootfsEpoch}`} '{}' +`
  const [size] = (await run`du --summarize --block-size=1 ${files}`).stdout.split('\t')
  const layer: Layer = {
    ...made,
    id: layerId(made, nonce),
    bytes: Number(size),
    created: new Date().toISOString(),
    inventory: await inventory(files),
  }
  writeFileSync(join(folder, 'layer.json'), JSON.stringify({ format: FORMAT, ...layer }, null, 1))
  // The overlay was volatile: only now must everything be on the disk, before the name says it is.
  await run`sync --file-system ${folder}`

  const target = layerDir(cache, layer.id)
  mkdirSync(dirname(target), { recursive: true })
  // Another build may have made the same layer meanwhile; its files are in use.
  if (existsSync(target)) return layer
  renameSync(folder, target)
  return layer
}

function layerId({ stage, parent, reads }: Pick<Layer, 'stage' | 'parent' | 'reads'>, nonce: string): string {
  // A sealed value has a random salt, so a layer with one gets a new name each time; it is found by its trace all the same.
  const key = JSON.stringify([
    FORMAT,
    stage,
    parent,
    nonce,
    [...reads].sort((a, b) => (a.kind + a.name < b.kind + b.name ? -1 : 1)),
  ])
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

/** Notes that a build used a layer now: `listLayers` and `just cache --prune` go by the time of its layer.json. */
export function touchLayer(cache: string, id: string): void {
  const now = new Date()
  utimesSync(join(layerDir(cache, id), 'layer.json'), now, now)
}
