/**
 * A verifying trace: what a stage read while it ran, and whether the world still says the same. A layer is reused
 * when every read of its trace holds, so nothing that a stage did not look at can make it run again.
 */
import { createHash } from 'node:crypto'
import type { World } from './world.ts'

export type Read = {
  /**
   * `config`: a value, as JSON; `secret`: a value from `!ENV`, as salt:sha256; `template`, `file`, `script`: sha256 of
   * the content; `setting`: what the build was started with.
   */
  kind: 'config' | 'secret' | 'template' | 'file' | 'script' | 'setting'
  /** Dotted key, or a path relative to Rootsmith (`stages/…`) or to the config (`./…`): the same in every clone. */
  name: string
  value: string
}

export type Change = { read: Read; now: string }

/** Digest of a value that must not be found in the cache. */
export function seal(value: string, salt: string): string {
  return `${salt}:${createHash('sha256').update(salt).update(value).digest('hex')}`
}

/** The first read that no longer holds, or undefined when all do. */
export function firstChange(reads: Read[], world: World): Change | undefined {
  for (const read of reads) {
    const now = current(read, world)
    if (now !== read.value) return { read, now: world.isPrivate(read.name) && read.kind === 'config' ? PRIVATE : now }
  }
  return undefined
}

function current(read: Read, world: World): string {
  if (read.kind === 'secret')
    return seal(world.value('config', read.name), read.value.slice(0, read.value.indexOf(':')))
  return world.value(read.kind, read.name)
}

/** `config.system.locale: en_GB.UTF-8 → de_DE.UTF-8`; for files, that they changed. */
export function describeChange({ read, now }: Change): string {
  switch (read.kind) {
    case 'config':
      return now === PRIVATE ? changedThere(read) : `config.${read.name}: ${show(read.value)} → ${show(now)}`
    case 'secret':
      return changedThere(read)
    case 'setting':
      return `${read.name}: ${show(read.value)} → ${show(now)}`
    default:
      if (read.name.endsWith('/*')) return describeListing(read.name.slice(0, -2), read.value, now)
      return now === ABSENT
        ? `${read.name} is gone`
        : read.value === ABSENT
          ? `${read.name} is new`
          : `${read.name} changed`
  }
}

function describeListing(folder: string, was: string, now: string): string {
  if (was === ABSENT || now === ABSENT) return `${folder} is ${now === ABSENT ? 'gone' : 'new'}`
  const [before, after] = [JSON.parse(was) as string[], JSON.parse(now) as string[]]
  const added = after.find(name => !before.includes(name))
  const lost = before.find(name => !after.includes(name))
  return added ? `${folder}/${added} is new` : `${folder}/${lost} is gone`
}

/** Stands for a value that may not be shown. */
const PRIVATE = '\0'
const changedThere = ({ name }: Read): string => `config.${name}: the value from the environment changed`

/** What a value that is not there is recorded as. */
export const ABSENT = 'undefined'

function show(json: string): string {
  const text = /^"[^"\\]*"$/.test(json) ? json.slice(1, -1) : json === ABSENT ? 'not set' : json
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
