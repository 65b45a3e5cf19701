/** What the facts mean for building here, and how to mend what is wrong. */
import { kernelIsAtLeast } from '../sandbox/fallback.ts'
import { EMULATOR_MEND, SUBORDINATE_MEND, SYSCTL_MENDS } from '../sandbox/obstacles.ts'
import { size } from '../screen/format.ts'
import type { Facts } from './facts.ts'
import { macEngine, macSystem, windowsDrives } from './host-checks.ts'

/** `bad` keeps native builds from working; `warn` makes them slow, or is for something else. */
export type Check = {
  name: string
  state: 'ok' | 'warn' | 'bad'
  found: string
  /** For those that are not ok. */
  means?: string
  mend?: string
}

const GIB = 2 ** 30
/** One config's layers, its tools and an image in the making. */
const CACHE_LEAST = 4 * GIB
const CACHE_GOOD = 10 * GIB
const OUT_LEAST = 2 * GIB
/** xz and mksquashfs take several hundred megabytes with two threads. */
const MEMORY_GOOD = 1.5 * GIB

export function check(facts: Facts): Check[] {
  // What native builds need is of no use where they never work.
  if (facts.host === 'macos') return [macSystem(facts), ...space(facts), macEngine(facts)]
  return [
    system(facts),
    kernel(facts),
    namespaces(facts),
    overlay(facts),
    binfmt(facts),
    ids(facts),
    ...programs(facts),
    ...space(facts),
    ...windowsDrives(facts),
    memory(facts),
    engine(facts),
  ]
}

function system({ os, arch }: Facts): Check {
  const found = `${os.name}, ${arch}`
  if (os.id === 'debian') return { name: 'system', state: 'ok', found }
  const isRelative = os.like.split(' ').includes('debian')
  return {
    name: 'system',
    state: 'warn',
    found,
    means: isRelative
      ? 'a relative of Debian: it should work, and is not tested'
      : '`just setup` can install nothing here',
    ...(isRelative
      ? {}
      : { mend: 'install what `just setup` lists with your own package manager, or build in a container' }),
  }
}

function kernel({ kernel: found }: Facts): Check {
  if (kernelIsAtLeast(found, 6, 7)) return { name: 'kernel', state: 'ok', found }
  if (kernelIsAtLeast(found, 5, 11)) {
    return {
      name: 'kernel',
      state: 'warn',
      found,
      means: 'older than 6.7, so a sandbox has no binfmt_misc of its own',
      mend: 'boot a newer kernel; on Debian 12, linux-image-amd64 of bookworm-backports',
    }
  }
  return {
    name: 'kernel',
    state: 'bad',
    found,
    means: 'older than 5.11, so a user namespace cannot mount overlays',
    mend: 'boot a newer kernel',
  }
}

function namespaces({ tried, sysctls, withoutUsers }: Facts): Check {
  if (tried.namespaces === undefined)
    return { name: 'namespaces', state: 'ok', found: 'user and mount namespaces work' }
  const off = Object.entries(SYSCTL_MENDS).filter(([name, { bad }]) => sysctls[name] === bad)
  const by =
    off.length > 0
      ? `forbidden by ${off.map(([name]) => `${name}=${sysctls[name]}`).join(', ')}`
      : 'the kernel, or the container we are in, refuses them'
  return {
    name: 'namespaces',
    state: withoutUsers ? 'warn' : 'bad',
    found: tried.namespaces,
    means: withoutUsers ? `${by}; root builds without a user namespace` : by,
    mend:
      off.length > 0
        ? `as root: ${off.map(([name, { good }]) => `sysctl -w ${name}=${good}`).join('; ')}`
        : 'in a container: --cap-add SYS_ADMIN --security-opt apparmor=unconfined',
  }
}

function overlay({ tried, withoutUsers, space: { cache } }: Facts): Check {
  if (tried.overlay === undefined) return { name: 'overlayfs', state: 'ok', found: `works in ${cache.folder}` }
  if (tried.namespaces !== undefined && !withoutUsers)
    return { name: 'overlayfs', state: 'bad', found: 'not tried', means: 'it needs namespaces' }
  return {
    name: 'overlayfs',
    state: 'bad',
    found: tried.overlay,
    means: `layers cannot be kept in ${cache.folder}`,
    mend: 'set ROOTSMITH_CACHE to a folder on a local disk (ext4, xfs, btrfs, tmpfs); in a container, on a volume',
  }
}

function binfmt({ tried, withoutUsers, emulated }: Facts): Check {
  if (tried.binfmt === undefined) return { name: 'binfmt_misc', state: 'ok', found: 'private to a namespace' }
  const sandbox = tried.namespaces === undefined || withoutUsers
  const newer = 'a kernel from 6.7 on, with CONFIG_BINFMT_MISC (modprobe binfmt_misc)'
  const mend = tried.namespaces === undefined ? newer : 'user namespaces, see above'
  if (sandbox && emulated.length > 0) {
    return {
      name: 'binfmt_misc',
      state: 'warn',
      found: `not private; the machine itself emulates ${emulated.join(', ')}`,
      means:
        'programs of these are emulated, all of them, which takes several times as long; others cannot be built natively',
      mend,
    }
  }
  return {
    name: 'binfmt_misc',
    state: 'warn',
    found: tried.namespaces === undefined ? tried.binfmt : 'not private',
    means: "only this machine's own architecture can be built natively",
    mend: sandbox ? `${mend}; or, slowly, as root: ${EMULATOR_MEND}` : mend,
  }
}

function ids({ isRoot, subordinateIds }: Facts): Check {
  if (isRoot) return { name: 'ids', state: 'ok', found: 'root has them all' }
  if (subordinateIds === undefined)
    return { name: 'ids', state: 'ok', found: '/etc/subuid and /etc/subgid have a range for you' }
  return {
    name: 'ids',
    state: 'bad',
    found: subordinateIds,
    means: 'files of an image cannot belong to its users',
    mend: `as root: ${SUBORDINATE_MEND}`,
  }
}

const PURPOSES = {
  build: { state: 'bad', means: 'nothing can be built natively' },
  accelerate: { state: 'warn', means: 'images of other architectures are built slowly' },
  boot: { state: 'warn', means: '`just boot` cannot boot an image' },
} as const

function programs({ missing }: Facts): Check[] {
  if (missing.length === 0) return [{ name: 'programs', state: 'ok', found: 'all are installed' }]
  return Object.entries(PURPOSES).flatMap(([purpose, { state, means }]): Check[] => {
    const packages = missing.filter(entry => entry.for === purpose).map(entry => entry.package)
    return packages.length === 0
      ? []
      : [{ name: 'programs', state, found: `missing: ${packages.join(', ')}`, means, mend: 'just setup' }]
  })
}

function space({ space: { cache, out } }: Facts): Check[] {
  const free = (bytes: number, folder: string): string => `${size(bytes)} free for ${folder}`
  const found = free(cache.bytes, cache.folder)
  const mend = 'free some (`just cache --prune`), or set ROOTSMITH_CACHE to a folder on a larger disk'
  const first: Check =
    cache.bytes < CACHE_LEAST
      ? { name: 'cache', state: 'bad', found, means: `one build needs about ${size(CACHE_LEAST)}`, mend }
      : cache.bytes < CACHE_GOOD
        ? { name: 'cache', state: 'warn', found, means: 'enough for one or two configs', mend }
        : { name: 'cache', state: 'ok', found }
  const second: Check =
    out.bytes < OUT_LEAST
      ? {
          name: 'results',
          state: 'warn',
          found: free(out.bytes, out.folder),
          means: 'an image may not fit',
          mend: 'free some, or name another folder with --out',
        }
      : { name: 'results', state: 'ok', found: free(out.bytes, out.folder) }
  return [first, second]
}

function memory({ memory: bytes }: Facts): Check {
  const found = `${size(bytes)} available`
  if (bytes >= MEMORY_GOOD) return { name: 'memory', state: 'ok', found }
  return {
    name: 'memory',
    state: 'warn',
    found,
    means: 'compressing an image may be killed',
    mend: 'close something, or choose `image.compression.format: zstd`',
  }
}

function engine({ engine: answer }: Facts): Check {
  if ('name' in answer) return { name: 'containers', state: 'ok', found: answer.name }
  return {
    name: 'containers',
    state: 'warn',
    found: answer.reason,
    means: 'no building in a container',
    mend: 'only needed where native builds do not work',
  }
}
