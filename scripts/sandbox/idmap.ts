/** Which ids of the sandbox are which ids of the machine: user_namespaces(7), subuid(5). */
import { readFileSync } from 'node:fs'

export type IdRange = { inside: number; outside: number; count: number }

/** Debian's packages use ids up to 65534 (nobody). */
export const IDS_NEEDED = 65536

/**
 * As root: every id is itself, as far as there are any: a rootless container has no more than its user's.
 * @param map our own uid_map or gid_map. @returns lines for those of the sandbox.
 */
export const identity = (map: string): string =>
  map
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .map(([inside, , count]) => `${inside} ${inside} ${count}\n`)
    .join('')

/**
 * As a user: root inside is the caller, so that the caller's files can be read and the cache is the caller's;
 * 1 to 65535 come from /etc/subuid or /etc/subgid.
 */
export function subordinate(kind: 'uid' | 'gid'): IdRange[] {
  const own = kind === 'uid' ? process.getuid?.() : process.getgid?.()
  const { name, uid } = caller()
  const range = findRange(readSub(kind), name, uid)
  if (own === undefined || !range)
    throw new Error(`no ${IDS_NEEDED - 1} subordinate ids for ${name} in /etc/sub${kind}`)
  return [
    { inside: 0, outside: own, count: 1 },
    { inside: 1, outside: range.start, count: IDS_NEEDED - 1 },
  ]
}

/** Why a user's ids can't be mapped, or undefined when they can. */
export function subordinateProblem(): string | undefined {
  if (process.getuid?.() === 0) return undefined
  const { name, uid } = caller()
  const lacking = (['uid', 'gid'] as const).filter(kind => !findRange(readSub(kind), name, uid))
  return lacking.length
    ? `${name} has no range of ${IDS_NEEDED - 1} ids in ${lacking.map(kind => `/etc/sub${kind}`).join(' and ')}`
    : undefined
}

/** The first range of a name or a number that is large enough, in the text of /etc/subuid. */
export function findRange(text: string, name: string, id: number): { start: number; count: number } | undefined {
  for (const line of text.split('\n')) {
    const [who, start, count] = line.split(':')
    if ((who === name || who === String(id)) && Number(count) >= IDS_NEEDED - 1)
      return { start: Number(start), count: Number(count) }
  }
  return undefined
}

/** By id(1), which asks what newuidmap asks; os.userInfo() believes $USER. */
function caller(): { name: string; uid: number } {
  return { name: Bun.spawnSync(['id', '-un']).stdout.toString().trim(), uid: process.getuid?.() ?? -1 }
}

function readSub(kind: 'uid' | 'gid'): string {
  try {
    return readFileSync(`/etc/sub${kind}`, 'utf8')
  } catch {
    return ''
  }
}
