/** A rootfs while it is worked on: layers, a scaffold below them, and the mounts that programs need. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { MIRRORS_DIR, type Mirrors } from '../lib/mirrors.ts'
import type { Foreign } from '../sandbox/foreign.ts'
import { bind, makeScaffold, mountOverlay, mountSystem, unmountTree } from '../sandbox/mounts.ts'
import { APT_CONFIG, APT_LAST_CONFIG, aptConfig, aptLastConfig, DPKG_CONFIG, dpkgConfig } from './apt.ts'
import { type Lent, lendMirrors, takeMirrorsBack } from './sources.ts'

export type Root = {
  /** The merged view. */
  path: string
  /** Unmounts it. What was written is then in `upper`. */
  close(): Promise<void>
}

export type RootOptions = {
  /** A folder of this run on the cache's file system. */
  work: string
  /** Folders of the layers, the topmost first. */
  layers: string[]
  /** Where changes go. */
  upper: string
  foreign: Foreign | undefined
  /** Cached Debian packages, shared by all builds. */
  archives: string
  arch: string
  /** Of the archive that the rootfs comes from; what its sources name while it is open (sources.ts). */
  mirrors?: Mirrors | undefined
  onStaleTwins?: (packages: string[]) => void
}

const ARCHIVES = 'var/cache/apt/archives'

/** Folders that are mounted on while we build: what a package ships there never reaches a layer. Modes as in base-files. */
const MOUNTED = { proc: 0o755, sys: 0o755, dev: 0o755, run: 0o755, tmp: 0o1777 }

export async function openRoot(options: RootOptions): Promise<Root> {
  const { work, layers, upper, foreign, archives, arch, mirrors } = options
  const path = join(work, 'root')
  // The first line tells it from one that the config wants, even of the same servers.
  const resolver = `# lent while the rootfs is built\n${readFileSync('/etc/resolv.conf', 'utf8')}`
  const scaffold = join(work, 'scaffold', 'fs')
  makeScaffold(scaffold, [...Object.keys(MOUNTED), ARCHIVES, ...(foreign?.scaffold ?? [])], {
    'etc/resolv.conf': { content: resolver },
    [APT_CONFIG]: { content: aptConfig(arch, mirrors) },
    [APT_LAST_CONFIG]: { content: aptLastConfig },
    [DPKG_CONFIG]: { content: dpkgConfig },
    // invoke-rc.d: 101 is `action not allowed`; nothing is started while an image is built.
    'usr/sbin/policy-rc.d': { content: '#!/bin/sh\nexit 101\n', mode: 0o755 },
  })
  const overlayWork = join(work, 'overlay')
  rmSync(overlayWork, { recursive: true, force: true })
  for (const dir of [upper, overlayWork]) mkdirSync(dir, { recursive: true })
  await mountOverlay({ lowers: [...layers, scaffold], target: path, upper, work: overlayWork })
  await mountSystem(path)
  const stale = (await foreign?.mountInto(path)) ?? []
  if (stale.length) options.onStaleTwins?.(stale)

  const shared = join(work, 'archives')
  shareArchives(archives, shared, arch)
  mkdirSync(join(path, ARCHIVES), { recursive: true })
  await bind(shared, join(path, ARCHIVES))
  lendResolver(path, resolver)
  if (mirrors?.rotates || mirrors?.hasLogins) {
    mkdirSync(join(path, MIRRORS_DIR), { recursive: true })
    await bind(mirrors.folder, join(path, MIRRORS_DIR), { readOnly: true })
  }
  const lent: Lent = mirrors?.rotates ? lendMirrors(path, mirrors) : new Map()

  return {
    path,
    async close() {
      await unmountTree(path)
      keepArchives(shared, archives)
      if (mirrors?.rotates) takeMirrorsBack(upper, lent, mirrors)
      // What mmdebstrap or a package wrote is the build machine's; 90-finish writes what the config wants.
      if (layers.length === 0) addMountPoints(upper)
      const left = join(upper, 'etc/resolv.conf')
      if (existsSync(left) && lstatSync(left).isFile() && readFileSync(left, 'utf8') === resolver) rmSync(left)
    },
  }
}

/** The first layer has the folders that the scaffold stood in for. */
function addMountPoints(upper: string): void {
  const add = (path: string, mode: number): void => {
    mkdirSync(join(upper, path), { recursive: true })
    chmodSync(join(upper, path), mode)
  }
  for (const [path, mode] of Object.entries(MOUNTED)) if (!existsSync(join(upper, path))) add(path, mode)
  if (existsSync(join(upper, 'usr/bin/apt-get')))
    for (const path of ['var/cache/apt', ARCHIVES, `${ARCHIVES}/partial`]) add(path, 0o755)
}

/**
 * Name resolution as the build machine has it, whatever /etc/resolv.conf is in the rootfs. A file of a layer below is
 * covered by one in `upper`, which goes at the end unless a stage wrote another; a link into /run gets its target there.
 */
function lendResolver(root: string, resolver: string): void {
  const file = join(root, 'etc/resolv.conf')
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat?.isFile()) writeFileSync(file, resolver)
  else if (stat?.isSymbolicLink()) {
    const target = readlinkSync(file).replace(/^(\.\.)?\/?/, '')
    if (!target.startsWith('run/')) return
    mkdirSync(dirname(join(root, target)), { recursive: true })
    writeFileSync(join(root, target), resolver)
  }
}

/**
 * Hard links, so that two builds at once don't meet at apt's lock, and a half-written download stays here. What apt made of
 * the package lists is there, too, from the stage before.
 */
function shareArchives(from: string, to: string, arch: string): void {
  mkdirSync(join(to, 'partial'), { recursive: true })
  mkdirSync(from, { recursive: true })
  const there = new Set(readdirSync(to))
  for (const name of readdirSync(from))
    if (!there.has(name) && (name.endsWith(`_${arch}.deb`) || name.endsWith('_all.deb')))
      linkSync(join(from, name), join(to, name))
}

function keepArchives(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.deb') || existsSync(join(to, name))) continue
    try {
      linkSync(join(from, name), join(to, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
