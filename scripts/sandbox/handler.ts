/** The handler that the kernel starts for a program of another architecture: handler.c, compiled for this machine. */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { FOREIGN, hostArch, LOADERS } from './arch.ts'

/** Where a rootfs sees the handler's folder while it is built: on the tmpfs at /run, so never in the result. */
export const PREFIX = '/run/rootsmith'

/**
 * Compiles it, unless the cache has it whole: beside it lies its digest.
 * @returns undefined where there is no compiler.
 */
export async function ensureHandler(cache: string): Promise<string | undefined> {
  const source = join(import.meta.dir, 'handler.c')
  const { triplet } = FOREIGN[hostArch()]
  const libraries = `${PREFIX}/native/usr/lib/${triplet}`
  const defines = {
    TWINS: `${PREFIX}/twins`,
    SCRIPTS: `${PREFIX}/scripts`,
    LOADER: `${libraries}/${LOADERS[hostArch()]}`,
    LIBRARIES: `${libraries}:${libraries}/systemd`,
    QEMU: `${PREFIX}/qemu`,
    PROFILE: `${PREFIX}/profile`,
  }
  const key = Bun.hash(JSON.stringify(defines) + readFileSync(source, 'utf8')).toString(16)
  const handler = join(cache, 'handlers', key)
  const sum = `${handler}.sha256`
  if (existsSync(handler) && existsSync(sum) && readFileSync(sum, 'utf8') === digest(handler)) return handler

  mkdirSync(dirname(handler), { recursive: true })
  const flags = Object.entries(defines).map(([name, value]) => `-D${name}="${value}"`)
  // Two builds may do this at once.
  const beside = `${handler}.${randomUUID()}`
  // It is started for each program. Linked with musl that takes 0.1 ms, with glibc 0.4 ms: it does less before main.
  const made = await $({ quiet: true, nothrow: true })`musl-gcc -static -O2 ${flags} -o ${beside} ${source}`
  if (made.exitCode !== 0) return undefined
  writeFileSync(sum, digest(beside))
  renameSync(beside, handler)
  return handler
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
