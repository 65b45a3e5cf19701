/** Whether a layer's files are all there: a cache may lose some to a full disk, a crash or a helping hand. */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { type Layer, layerDir, layerFiles } from '../plan/cache.ts'

/**
 * Digest of the type, mode, owner, size, name and link target of everything in a folder. No contents: that takes 0.1 s
 * for 10,000 files, and finds what is missing, truncated or of another owner.
 */
export async function inventory(folder: string): Promise<string> {
  // The size of a folder is the file system's own affair.
  const made = await $({ quiet: true, cwd: folder })`
    find . '(' -type d -printf ${'%y %m %U %G %P\\0'} ')' -o -printf ${'%y %m %U %G %s %P %l\\0'} | LC_ALL=C sort -z | sha256sum`
  return made.stdout.slice(0, 64)
}

export async function isWhole(cache: string, layer: Layer): Promise<boolean> {
  const files = layerFiles(cache, layer.id)
  return existsSync(files) && (await inventory(files)) === layer.inventory
}

/** Makes room for a layer of the same name. @param work a folder of this run on the cache's file system, removed with it. */
export function discardLayer(cache: string, layer: Layer, work: string): void {
  mkdirSync(join(work, 'damaged'), { recursive: true })
  renameSync(layerDir(cache, layer.id), join(work, 'damaged', layer.id))
}
