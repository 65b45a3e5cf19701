/** A folder of one run on this machine: what is shipped, and what came out. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from '../plan/cache.ts'
import { isRunning, processName } from './process.ts'

const PREFIX = 'container'

/** Removes those of runs that were killed, and makes a new one. */
export async function openFolder(): Promise<{ path: string; remove(): void }> {
  const work = join(cacheDir(), 'work')
  mkdirSync(work, { recursive: true })
  for (const name of readdirSync(work)) {
    const [prefix, pid, start] = name.split('-')
    if (prefix === PREFIX && !isRunning(`${pid}-${start}`)) rmSync(join(work, name), { recursive: true, force: true })
  }
  const path = mkdtempSync(join(work, `${PREFIX}-${processName(process.pid)}-`))
  return { path, remove: () => existsSync(path) && rmSync(path, { recursive: true, force: true }) }
}
