/** The handler that the kernel starts for a program of another architecture: handler.c, compiled for this machine. */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { FOREIGN, hostArch, LOADERS } from './arch.ts'

/** Where a rootfs sees the handler's folder while it is built: on the tmpfs at /run, so never in the result. */
export const PREFIX = '/run/rootsmith'

/** Where a builder image has it: there is no compiler in one. */
const IN_IMAGE = '/usr/lib/rootsmith/handlers'

/**
 * The one of a builder image; else the one in the cache, which is compiled unless it is whole: beside it lies its digest.
 * @returns undefined where there is no compiler.
 */
export async function ensureHandler(cache: string): Promise<string | undefined> {
  const name = handlerName()
  return (
    [IN_IMAGE, join(cache, 'handlers')].map(folder => join(folder, name)).find(isWhole) ??
    (await compileHandler(join(cache, 'handlers')))
  )
}

const defines = (): string[] => {
  const { triplet } = FOREIGN[hostArch()]
  const libraries = `${PREFIX}/native/usr/lib/${triplet}`
  const values = {
    TWINS: `${PREFIX}/twins`,
    SCRIPTS: `${PREFIX}/scripts`,
    LOADER: `${libraries}/${LOADERS[hostArch()]}`,
    LIBRARIES: `${libraries}:${libraries}/systemd`,
    QEMU: `${PREFIX}/qemu`,
    PROFILE: `${PREFIX}/profile`,
  }
  return Object.entries(values).map(([name, value]) => `-D${name}="${value}"`)
}

const SOURCE = join(import.meta.dir, 'handler.c')

/** By what it is compiled from. */
const handlerName = (): string => Bun.hash(JSON.stringify(defines()) + readFileSync(SOURCE, 'utf8')).toString(16)

const isWhole = (handler: string): boolean => {
  const sum = `${handler}.sha256`
  return existsSync(handler) && existsSync(sum) && readFileSync(sum, 'utf8') === digest(handler)
}

/** @returns its path in `folder`; undefined where there is no compiler. */
export async function compileHandler(folder: string): Promise<string | undefined> {
  const handler = join(folder, handlerName())
  mkdirSync(folder, { recursive: true })
  // Two builds may do this at once.
  const beside = `${handler}.${randomUUID()}`
  // It is started for each program. Linked with musl that takes 0.1 ms, with glibc 0.4 ms: it does less before main.
  const made = await $({ quiet: true, nothrow: true })`musl-gcc -static -O2 ${defines()} -o ${beside} ${SOURCE}`
  if (made.exitCode !== 0) return undefined
  writeFileSync(`${handler}.sha256`, digest(beside))
  renameSync(beside, handler)
  return handler
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
