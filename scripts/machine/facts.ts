/** What is true of this machine, as `just doctor` looks at it. checks.ts says what it means. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, freemem, release } from 'node:os'
import { dirname, join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { projectFolder } from '../lib/paths.ts'
import { cacheDir } from '../plan/cache.ts'
import { emulators, lookOutside, NAMESPACES, worksWithoutUsers } from '../sandbox/fallback.ts'
import { subordinateProblem } from '../sandbox/idmap.ts'
import { SYSCTL_MENDS } from '../sandbox/obstacles.ts'
import { missing, type Requirement } from '../sandbox/requirements.ts'

export type Facts = {
  /** From /etc/os-release. */
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
  /** Bytes that programs can get. */
  memory: number
  /** `docker 20.10.24`, or why there is none. */
  engine: { name: string } | { reason: string }
}

export async function gatherFacts(): Promise<Facts> {
  const cache = cacheDir()
  const folder = existing(cache)
  const { users, binfmt } = lookOutside()
  const withoutUsers = users !== undefined && worksWithoutUsers()
  const [overlay, engine] = await Promise.all([overlayIn(folder, withoutUsers), findEngine()])
  return {
    os: osRelease(),
    arch: arch(),
    kernel: release(),
    isRoot: process.getuid?.() === 0,
    sysctls: Object.fromEntries(Object.keys(SYSCTL_MENDS).flatMap(name => sysctl(name).map(value => [name, value]))),
    tried: { namespaces: users, overlay, binfmt },
    withoutUsers,
    emulated: Object.keys(emulators()),
    subordinateIds: subordinateProblem(),
    missing: missing(),
    space: { cache: space(cache), out: space(join(projectFolder(), 'out')) },
    memory: availableMemory(),
    engine,
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
    return await inNamespace(
      `cd '${here.replaceAll("'", "'\\''")}' && mkdir lower upper work merged && mount -t overlay overlay -o ${layers} merged`,
      withoutUsers,
    )
  } finally {
    await rm(here, { recursive: true, force: true })
  }
}

async function findEngine(): Promise<Facts['engine']> {
  const wanted = process.env.CONTAINER_ENGINE
  const name = (wanted ? [wanted] : ['docker', 'podman']).find(program => Bun.which(program))
  if (!name) return { reason: wanted ? `${wanted} is not installed` : 'neither docker nor podman is installed' }
  const asked = await $({
    nothrow: true,
    quiet: true,
    timeout: '10s',
  })`${name} version --format ${'{{.Server.Version}}'}`
  if (asked.exitCode === 0) return { name: `${name} ${asked.stdout.trim()}` }
  return { reason: `${name} does not answer: ${asked.stderr.trim().split('\n').at(-1) ?? ''}` }
}

function osRelease(): Facts['os'] {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: field('ID'), like: field('ID_LIKE'), name: field('PRETTY_NAME') || process.platform }
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
