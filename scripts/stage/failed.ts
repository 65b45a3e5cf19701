/** What a failed stage had written so far: `just shell` opens it, the next build of that name removes it. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Failed = {
  stage: string
  /** Ids of the layers below, the topmost first. */
  below: string[]
}

export const failedDir = (cache: string, name: string): string => join(cache, 'failed', name)

/** @param folder holds `fs`, the upper folder of the stage's overlay, no longer mounted; it is moved. */
export function keepFailed(cache: string, name: string, folder: string, failed: Failed): void {
  if (!existsSync(folder)) return
  writeFileSync(join(folder, 'failed.json'), JSON.stringify(failed))
  mkdirSync(join(cache, 'failed'), { recursive: true })
  const target = failedDir(cache, name)
  // An attempt before this one.
  rmSync(target, { recursive: true, force: true })
  renameSync(folder, target)
}

export function readFailed(cache: string, name: string): Failed | undefined {
  const file = join(failedDir(cache, name), 'failed.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Failed) : undefined
}
