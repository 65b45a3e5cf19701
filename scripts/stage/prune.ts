/** Frees the layer cache. Only under the exclusive lock of the cache: a layer in use must stay. */
import { $ } from '../lib/bash.ts'
import { type Layer, layerDir, listLayers } from '../plan/cache.ts'

/**
 * Layers that no build can reuse any more: one used later has the same stage, parent and trace (`--fresh` makes such), or
 * the layer below is gone.
 * @param layers as `listLayers` gives them.
 */
export function superseded(layers: Layer[]): Layer[] {
  const seen = new Set<string>()
  const gone = new Set<string>()
  const ids = new Set(layers.map(({ id }) => id))
  for (const { id, stage, parent, reads } of layers) {
    const key = JSON.stringify([
      stage,
      parent,
      reads.map(({ kind, name, value }) => [kind, name, kind === 'secret' ? '' : value]),
    ])
    if (seen.has(key)) gone.add(id)
    seen.add(key)
  }
  for (let before = -1; before !== gone.size; ) {
    before = gone.size
    for (const { id, parent } of layers) if (parent && (gone.has(parent) || !ids.has(parent))) gone.add(id)
  }
  return layers.filter(({ id }) => gone.has(id))
}

/** Removes layers; in the sandbox, since as a user their files belong to subordinate ids. */
export async function removeLayers(
  cache: string,
  layers: Layer[],
  remove: (folder: string) => Promise<void>,
): Promise<void> {
  for (const { id } of layers) {
    const folder = layerDir(cache, id)
    // Without its layer.json it is no layer: half removed is removed.
    await $({ quiet: true })`rm -f ${folder}/layer.json`
    await remove(folder)
  }
}

export async function pruneSuperseded(cache: string, remove: (folder: string) => Promise<void>): Promise<void> {
  await removeLayers(cache, superseded(listLayers(cache)), remove)
}
