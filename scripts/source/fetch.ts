/** A file that a config names, by its path or by its address: what a stage starts from. */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { download, WrongDigest } from '../lib/download.ts'
import { UserError } from '../lib/errors.ts'
import { withLock } from '../lib/lock.ts'
import { sha256File } from '../output/digest.ts'
import type { Context } from '../stage/context.ts'

/** As in a config: exactly one of `path` and `url`. */
export type Wanted = { path?: string | undefined; url?: string | undefined; sha256?: string | undefined }

type Use = Pick<Context, 'cache' | 'configDir' | 'noteSource' | 'log' | 'progress'>

/** What is known of a download, beside it: it outlives the file, so that another file of that address is noticed. */
type Known = { url: string; sha256: string }

const EVERY_MS = 250

/**
 * @returns the path of a file (or folder) for the runner, to be read only. A downloaded one lies in the cache, and is not asked for
 * again.
 * @throws UserError when its sha256 is not the one that is wanted or was seen first, or when it can't be had.
 */
export async function fetchFile(context: Use, { path, url, sha256 }: Wanted): Promise<string> {
  if (url !== undefined) return await cached(context, url, sha256)
  if (path === undefined) throw new UserError('neither a path nor a url is given')
  const file = resolve(context.configDir, path)
  context.noteSource(file)
  if (!existsSync(file)) throw new UserError(`${path} does not exist`, { hint: `it was looked for at ${file}` })
  if (sha256 === undefined) return file
  context.progress(`checking ${basename(file)}`)
  const found = await sha256File(file)
  if (found !== sha256) throw new UserError(`the sha256 of ${path} is ${found}, and the config wants ${sha256}`)
  return file
}

/** Where the file of an address is kept. */
export function downloadOf(cache: string, url: string): string {
  const key = createHash('sha256').update(url).digest('hex').slice(0, 16)
  return join(cache, 'downloads', key, nameOf(url))
}

/** The last part of an address, which says what kind of file it is; as a file name that can do no harm. */
export const nameOf = (url: string): string =>
  new URL(url).pathname
    .replace(/^.*\//, '')
    .replace(/[^\w.+~-]/g, '_')
    .replace(/^\.+/, '') || 'download'

/** For the screen: what is behind a `?` may be a token. */
const shown = (url: string): string => url.replace(/[?#].*$/, '')

async function cached(context: Use, url: string, wanted: string | undefined): Promise<string> {
  const { cache, log, progress } = context
  const file = downloadOf(cache, url)
  const folder = resolve(file, '..')
  mkdirSync(folder, { recursive: true })
  const onWait = (): void => log.info(`waiting: ${shown(url)} is being downloaded already`)
  await withLock(join(folder, '.lock'), { what: `downloading ${shown(url)}`, onWait }, async () => {
    const first = wanted === undefined ? readKnown(folder) : undefined
    const sha256 = wanted ?? first
    if (existsSync(file) && sha256 !== undefined) {
      progress(`checking ${basename(file)}`)
      if ((await sha256File(file)) === sha256) return sayUnpinned(context, wanted, sha256)
    }
    let said = 0
    const onProgress = (bytes: number, total: number | undefined): void => {
      if (bytes !== total && Date.now() - said < EVERY_MS) return
      said = Date.now()
      progress(`downloading ${basename(file)}`, bytes, total, 'bytes')
    }
    const done = await download({ urls: [url], file, onProgress, ...(sha256 ? { sha256 } : {}) }).catch(error =>
      Promise.reject(explain(error, url, first)),
    )
    writeKnown(folder, { url: shown(url), sha256: done.sha256 })
    sayUnpinned(context, wanted, done.sha256)
  })
  return file
}

function sayUnpinned({ log }: Use, wanted: string | undefined, sha256: string): void {
  if (wanted === undefined)
    log.warn(`the config does not say which file it downloads: add the line \`sha256: ${sha256}\` below its url`)
}

function explain(error: unknown, url: string, first: string | undefined): unknown {
  if (!(error instanceof UserError)) return error
  const { cause } = error
  if (cause instanceof WrongDigest && first !== undefined)
    return new UserError(
      `${shown(url)} is another file now: its sha256 is ${cause.sha256}, and first it was ${first}`,
      {
        hint: `if the new one is right, add the line \`sha256: ${cause.sha256}\` below its url`,
      },
    )
  return new UserError(`cannot download ${shown(url)}`, { hint: error.hint?.replaceAll(url, shown(url)) })
}

function readKnown(folder: string): string | undefined {
  const file = join(folder, '.known.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Known).sha256 : undefined
}

function writeKnown(folder: string, known: Known): void {
  const file = join(folder, '.known.json')
  writeFileSync(`${file}.new`, JSON.stringify(known))
  renameSync(`${file}.new`, file)
}
