/** What is in the layer cache: read only, so that a plan can be made from it. stage/layers.ts writes it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { here } from '../lib/paths.ts'
import { type Change, describeChange, firstChange, type Read } from './trace.ts'
import type { World } from './world.ts'

export type Layer = {
  /** Digest of the parent, the stage and what it read. */
  id: string
  /** Stage folder name, or `tools …` for a tree of programs of the build machine. */
  stage: string
  /** Id of the layer below; empty for a first one. */
  parent: string
  reads: Read[]
  /** How long it took to build. */
  seconds: number
  /** What it takes on disk. */
  bytes: number
  /** ISO 8601. */
  created: string
  /** Digest of what files it has (stage/inventory.ts). */
  inventory: string
}

/** `$ROOTSMITH_CACHE`, else `$XDG_CACHE_HOME/rootsmith`, else `~/.cache/rootsmith`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ROOTSMITH_CACHE) return resolve(here(env.ROOTSMITH_CACHE))
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'rootsmith')
}

/** A random word of this cache alone: with it values from the environment are digested, so that nobody can try out what they were. */
export const keyFile = (cache: string): string => join(cache, 'key')

export const layerDir = (cache: string, id: string): string => join(cache, 'layers', id)
export const layerFiles = (cache: string, id: string): string => join(layerDir(cache, id), 'fs')

/**
 * All layers, the one first that a build used last: what changed since is told by it. One that can't be read, or was made
 * by another version's format, does not count.
 */
export function listLayers(cache: string): Layer[] {
  return names(join(cache, 'layers'))
    .flatMap(id => {
      try {
        const file = join(layerDir(cache, id), 'layer.json')
        const layer = JSON.parse(readFileSync(file, 'utf8')) as Layer & { format: number }
        return layer.format === FORMAT && layer.id === id ? [{ layer, used: statSync(file).mtimeMs }] : []
      } catch {
        return []
      }
    })
    .sort((a, b) => b.used - a.used || (a.layer.created < b.layer.created ? 1 : -1))
    .map(({ layer }) => layer)
}

/** Raised when layers of before can't be used any more. */
export const FORMAT = 2

export type Lookup = { layer: Layer } | { reason: string; last?: Layer }

/** The layer that a stage would make on this parent, or why there is none. */
export function findLayer(layers: Layer[], stage: string, parent: string, world: World): Lookup {
  const ofStage = layers.filter(layer => layer.stage === stage)
  let nearest: { layer: Layer; change: Change } | undefined
  for (const layer of ofStage.filter(layer => layer.parent === parent)) {
    const change = firstChange(layer.reads, world)
    if (!change) return { layer }
    nearest ??= { layer, change }
  }
  if (nearest) return { reason: describeChange(nearest.change), last: nearest.layer }
  const last = ofStage[0]
  return last ? { reason: 'the stage below it changed', last } : { reason: 'not built before' }
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}
