/** What is true of this machine, as `just doctor` looks at it. checks.ts says what it means. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, freemem, release } from 'node:os'
import { dirname, join } from 'node:path'
import { findEngine } from '../container/engine.ts'
import { $ } from '../lib/bash.ts'
import { type Host, thisHost } from '../lib/host.ts'
import { onWindowsDrive } from '../lib/host-path.ts'
import { home, hostPaths, projectFolder } from '../lib/paths.ts'
import { cacheDir } from '../plan/cache.ts'
import { emulators, lookOutside, NAMESPACES, worksWithoutUsers } from '../sandbox/fallback.ts'
import { subordinateProblem } from '../sandbox/idmap.ts'
import { SYSCTL_MENDS } from '../sandbox/obstacles.ts'
import { missing, type Requirement } from '../sandbox/requirements.ts'

export type Facts = {
  host: Host
  /** From /etc/os-release; on a Mac, of sw_vers(1). */
  os: { id: string; like: string; name: string }
  arch: string
  /** `6.12.38+deb13-amd64` */
  kernel: string
  isRoot: boolean
  /** sysctls by name; those that this kernel does not have are absent. */
  sysctls: Record<string, string>
  /** Each was tried: undefined when it works, else what the kernel said. */
  tried: { namespaces: string | undefined; overlay: string | undefined; binfmt: string | undefined }
  /** User namespaces are refused, and we are root, who does without. */
  withoutUsers: boolean
  /** Architectures whose programs the machine itself emulates in any root. */
  emulated: string[]
  subordinateIds: string | undefined
  missing: Requirement[]
  /** Free bytes on the file systems of the cache and of out/. */
  space: { cache: { folder: string; bytes: number }; out: { folder: string; bytes: number } }
  /** Folders on a drive of Windows, under WSL. */
  onDrive: { cache: string | undefined; project: string | undefined }
  /** Bytes that programs can get. */
  memory: number
  /** `docker 20.10.24`, or why there is none. */
  engine: { name: string } | { reason: string }
}

export async function gatherFacts(): Promise<Facts> {
  const host = thisHost()
  const cache = cacheDir()
  const [sandbox, engine, os] = await Promise.all([
    host === 'macos' ? NO_SANDBOX : trySandbox(existing(cache)),
    engineFact(),
    host === 'macos' ? macRelease() : osRelease(),
  ])
  const { mounts } = hostPaths()
  const drive = (...folders: string[]): string | undefined =>
    host === 'wsl' ? folders.find(folder => onWindowsDrive(folder, mounts)) : undefined
  return {
    host,
    os,
    arch: arch(),
    kernel: release(),
    isRoot: process.getuid?.() === 0,
    ...sandbox,
    space: { cache: space(cache), out: space(join(projectFolder(), 'out')) },
    onDrive: { cache: drive(cache), project: drive(projectFolder(), home) },
    memory: availableMemory(),
    engine,
  }
}

type Sandbox = Pick<Facts, 'sysctls' | 'tried' | 'withoutUsers' | 'emulated' | 'subordinateIds' | 'missing'>

/** Where there is no Linux, nothing of it is looked for: no /proc, no namespaces, no Debian packages. */
const NO_SANDBOX: Sandbox = {
  sysctls: {},
  tried: { namespaces: 'needs Linux', overlay: 'needs Linux', binfmt: 'needs Linux' },
  withoutUsers: false,
  emulated: [],
  subordinateIds: undefined,
  missing: [],
}

async function trySandbox(folder: string): Promise<Sandbox> {
  const { users, binfmt } = lookOutside()
  const withoutUsers = users !== undefined && worksWithoutUsers()
  return {
    sysctls: Object.fromEntries(Object.keys(SYSCTL_MENDS).flatMap(name => sysctl(name).map(value => [name, value]))),
    tried: { namespaces: users, overlay: await overlayIn(folder, withoutUsers), binfmt },
    withoutUsers,
    emulated: Object.keys(emulators()),
    subordinateIds: subordinateProblem(),
    missing: missing(),
  }
}

/** The folder, or the nearest one above it that is there: the same file system, and doctor makes nothing. */
const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)))

const space = (folder: string): { folder: string; bytes: number } => {
  const { bavail, bsize } = statfsSync(existing(folder))
  return { folder, bytes: bavail * bsize }
}

/** As the sandbox does it, so that the answer is the kernel's and not our guess from its version. */
async function inNamespace(script: string, withoutUsers: boolean): Promise<string | undefined> {
  const users = withoutUsers ? [] : ['--user', '--map-root-user']
  const tried = await $({ nothrow: true, quiet: true })`unshare ${users} ${NAMESPACES} sh -c ${script}`
  return tried.exitCode === 0 ? undefined : tried.stderr.trim().split('\n').at(-1) || `status ${tried.exitCode}`
}

/** An overlay's upper layer is refused on some file systems: another overlay (in a container), NFS. */
async function overlayIn(folder: string, withoutUsers: boolean): Promise<string | undefined> {
  const here = await mkdtemp(join(folder, '.rootsmith-doctor-')).catch((error: Error) => error)
  if (here instanceof Error) return here.message
  const layers = 'lowerdir=lower,upperdir=upper,workdir=work'
  try {
    // overlayfs leaves a folder that nobody but root may read: it goes where we are root.
    return await inNamespace(
      `cd '${here.replaceAll("'", "'\\''")}' && mkdir lower upper work merged && mount -t overlay overlay -o ${layers} merged
      status=$?; umount merged 2> /dev/null; rm -rf work; exit $status`,
      withoutUsers,
    )
  } finally {
    await rm(here, { recursive: true, force: true })
  }
}

async function engineFact(): Promise<Facts['engine']> {
  const found = await findEngine()
  return 'program' in found ? { name: `${found.program} ${found.version}` } : found
}

function osRelease(): Facts['os'] {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: field('ID'), like: field('ID_LIKE'), name: field('PRETTY_NAME') || process.platform }
}

async function macRelease(): Promise<Facts['os']> {
  const { stdout } = await $({ nothrow: true, quiet: true })`sw_vers -productVersion`
  return { id: 'macos', like: '', name: `macOS ${stdout.trim()}`.trim() }
}

function sysctl(name: string): string[] {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`
  return existsSync(file) ? [readFileSync(file, 'utf8').trim()] : []
}

/** What the kernel can hand out without swapping; free memory alone leaves out caches. */
function availableMemory(): number {
  const text = existsSync('/proc/meminfo') ? readFileSync('/proc/meminfo', 'utf8') : ''
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1]
  return kibibytes ? Number(kibibytes) * 1024 : freemem()
}
