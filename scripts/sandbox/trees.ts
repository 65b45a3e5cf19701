/**
 * Trees of programs of the build machine's own architecture, made by mmdebstrap and kept as layers. They make a build
 * independent of which versions of mke2fs, mtools, xz … the machine happens to have, and bring the native twins
 * of foreign programs (twins.ts).
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Arch, DebianSource } from '../config/schema.ts'
import { runApt } from '../lib/apt-run.ts'
import { mirrorsOf } from '../lib/mirrors.ts'
import { aptLines, aptNetwork } from '../lib/network.ts'
import { patiently } from '../lib/patience.ts'
import { findLayer, type Layer, layerFiles, listLayers } from '../plan/cache.ts'
import type { Read } from '../plan/trace.ts'
import { discardLayer, isWhole } from '../stage/inventory.ts'
import { keepLayer, touchLayer } from '../stage/layers.ts'
import { commandIn } from './command.ts'
import { NATIVE_PACKAGES, SUITE_PACKAGES } from './twins.ts'

/** One suite for everybody's tools, so that everybody's images are the same. */
export const TOOLS_SUITE = 'trixie'

/** What outputs and sources run: bootstrapping, file systems, archives, packages, emulation. */
const TOOLS_PACKAGES = [
  'mmdebstrap',
  'debian-archive-keyring',
  'ca-certificates',
  'e2fsprogs',
  'dosfstools',
  'mtools',
  'fdisk',
  'makeself',
  'minisign',
  'qemu-user',
  'patch',
  'file',
  'attr',
  'mount',
] as const

/** Of qemu-user's 40 programs, half a gigabyte, these are used. */
const KEPT_QEMU = ['aarch64', 'arm', 'x86_64']

/** What dpkg leaves out: dpkg.cfg(5). */
const EXCLUDES = [
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/bin/qemu-*',
  ...KEPT_QEMU.map(name => `path-include=/usr/bin/qemu-${name}`),
]

/** Where from, as in a config: twins must have the versions of the rootfs. */
export type Archive = Pick<DebianSource, 'suite' | 'snapshot'> & { mirrors?: string[] }

export type Tree = {
  layer: Layer
  root: string
  /** Why it was made now; empty when it was in the cache. */
  reason: string
}

/**
 * The tree of a suite for this machine: the one in the cache, or a new one.
 * @param work an empty folder on the cache's file system. @param newerThan a tree made before it (ISO 8601) is not good enough.
 * @param warn is told of mirrors that fail. @throws DownloadError when they go on failing.
 */
export async function ensureTree(
  cache: string,
  work: string,
  arch: Arch,
  { suite, snapshot, mirrors = [] }: Archive,
  newerThan = '',
  warn: (message: string) => void = () => undefined,
): Promise<Tree> {
  const packages = [
    ...NATIVE_PACKAGES,
    ...SUITE_PACKAGES[suite],
    ...(suite === TOOLS_SUITE && !snapshot ? TOOLS_PACKAGES : []),
  ]
  const stage = ['tools', suite, arch, ...(snapshot ? [snapshot] : [])].join(' ')
  const settings = { packages: packages.join(' '), mirrors: mirrors.join(' ') }
  const reads: Read[] = Object.entries(settings).map(([name, value]) => ({ kind: 'setting', name, value }))
  const found = findLayer(listLayers(cache), stage, '', {
    value: (_, name) => settings[name as keyof typeof settings],
  })
  const whole = 'layer' in found && (await isWhole(cache, found.layer))
  if ('layer' in found && !whole) discardLayer(cache, found.layer, dirname(work))
  if ('layer' in found && whole && (snapshot || found.layer.created >= newerThan)) {
    touchLayer(cache, found.layer.id)
    return { layer: found.layer, root: layerFiles(cache, found.layer.id), reason: '' }
  }

  const root = join(work, 'fs')
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const archives = join(cache, 'apt', `${suite}-${arch}`)
  mkdirSync(archives, { recursive: true })
  const started = Date.now()
  const aptConf = `${work}-apt.conf`
  const options = [
    '--mode=root',
    '--variant=apt',
    '--format=directory',
    `--architectures=${arch}`,
    `--include=${packages.join(',')}`,
    '--skip=output/dev,download/empty,essential/unlink',
    // By a file: a proxy's password must not be in a command line. What mmdebstrap makes of it is for this run only.
    `--aptopt=${aptConf}`,
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
    // apt's own lines, by which runApt knows what became of downloads.
    '--verbose',
    ...(snapshot ? [`--aptopt=APT::Snapshot "${snapshot}"`] : []),
    '--dpkgopt=force-unsafe-io',
    // Not as --dpkgopt: mmdebstrap would start a filter in Python for each package that it extracts itself.
    '--extract-hook=echo "$ROOTSMITH_EXCLUDES" > "$1/etc/dpkg/dpkg.cfg.d/excludes"',
    '--customize-hook=rm -rf "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/*',
    '--setup-hook=mkdir -p "$1/var/cache/apt/archives" && mount --bind "$ROOTSMITH_ARCHIVES" "$1/var/cache/apt/archives"',
    '--customize-hook=umount "$1/var/cache/apt/archives"',
  ]
  const env = {
    ...(process.env as Record<string, string>),
    LC_ALL: 'C.UTF-8',
    ROOTSMITH_ARCHIVES: archives,
    ROOTSMITH_EXCLUDES: EXCLUDES.join('\n'),
  }
  const mirrorsFolder = `${work}-mirrors`
  const own = mirrorsOf({ mirrors, snapshot }, mirrorsFolder, mirrorsFolder)
  const run = commandIn('/', env)
  const make = (rotation: typeof own): Promise<unknown> =>
    patiently(async () => {
      // The archives may still be mounted in what a failed one left.
      await run`umount -q ${join(root, 'var/cache/apt/archives')} || true; rm -rf --one-file-system ${root}`
      writeFileSync(aptConf, aptLines(aptNetwork({ rotates: rotation?.rotates ?? false })), { mode: 0o600 })
      const source = rotation ? [`deb ${rotation.source} ${suite} main`] : []
      await runApt(run`mmdebstrap ${options} ${suite} ${root} ${source}`, rotation).finally(() => rmSync(aptConf))
    }, warn)
  if (own) {
    await own.probe(suite, run, warn)
    // They may have only the architecture of the rootfs; then Debian's own, and programs are compared by version.
    await make(own).catch(() => make(undefined))
    const list = join(root, 'etc/apt/sources.list')
    writeFileSync(list, readFileSync(list, 'utf8').replaceAll(own.uri, mirrors[0] ?? ''))
  } else await make(undefined)
  const layer = await keepLayer(
    cache,
    work,
    { stage, parent: '', reads, seconds: (Date.now() - started) / 1000 },
    {
      since: Math.floor(started / 1000),
      rootfsEpoch: 0,
      nonce: String(started),
    },
  )
  const reason = 'reason' in found ? found.reason : whole ? 'older than a day' : 'the one in the cache is damaged'
  return { layer, root: layerFiles(cache, layer.id), reason }
}
