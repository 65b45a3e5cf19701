/** What is true of this Mac, as `just mac-setup` looks at it. mac.ts says what is missing. */
import { existsSync } from 'node:fs'
import { cpus, homedir, totalmem } from 'node:os'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { projectFolder } from '../lib/paths.ts'
import { APPS, type MacFacts } from './mac.ts'

/** Where its installer puts it, on Apple's own processors and on Intel's. */
const BREWS = ['/opt/homebrew/bin/brew', '/usr/local/bin/brew']
const PROGRAMS = ['xz', 'docker', 'colima', 'podman', 'qemu-system-aarch64']

const ask = $({ nothrow: true, quiet: true, timeout: '20s' })

export async function gatherMacFacts(): Promise<MacFacts> {
  const programs = PROGRAMS.filter(name => Bun.which(name))
  const [release, hasGit, engine, colima, hasPodmanMachine] = await Promise.all([
    ask`sw_vers -productVersion`,
    gitIsThere(),
    answeringEngine(),
    programs.includes('colima') ? colimaMachine() : undefined,
    programs.includes('podman') ? podmanMachine() : false,
  ])
  const file = BREWS.find(brew => existsSync(brew))
  const folder = join(projectFolder(), 'out')
  return {
    version: release.stdout.trim(),
    cpus: cpus().length,
    memory: totalmem(),
    brew: Bun.which('brew') ? 'ready' : file ? { file } : undefined,
    programs: [...programs, ...(hasGit ? ['git'] : [])],
    apps: APPS.filter(app => existsSync(`/Applications/${app}.app`)),
    engine,
    colima,
    hasPodmanMachine,
    results: { folder, exists: existsSync(folder), home: process.env.HOME ?? homedir() },
  }
}

/** Without Apple's command line tools /usr/bin/git is a stub that opens a window when it is run, so it is not. */
async function gitIsThere(): Promise<boolean> {
  const git = Bun.which('git')
  if (git !== '/usr/bin/git') return git !== null
  return (await ask`xcode-select -p`).exitCode === 0
}

/** As a build finds it: `$CONTAINER_ENGINE`, else docker, else podman. */
export async function answeringEngine(): Promise<MacFacts['engine']> {
  const wanted = process.env.CONTAINER_ENGINE
  for (const name of wanted ? [wanted] : ['docker', 'podman']) {
    if (!Bun.which(name)) continue
    const isPodman = name.includes('podman')
    const format = isPodman ? '{{.Host.CPUs}} {{.Host.MemTotal}}' : '{{.NCPU}} {{.MemTotal}}'
    const { stdout, exitCode } = await ask`${name} info --format ${format}`
    const [cpus = 0, memory = 0] = stdout.trim().split(' ').map(Number)
    // Some versions end with 0 although only the client answered, whose server then has no processors.
    if (exitCode === 0 && cpus > 0) return { name, cpus, memory }
  }
  return undefined
}

/** `colima list --json` prints one object a line, sizes in bytes; nothing where it was never started. */
async function colimaMachine(): Promise<MacFacts['colima']> {
  const { stdout } = await ask`colima list --json`
  for (const line of stdout.split('\n').filter(text => text.startsWith('{'))) {
    const { name, status, disk } = JSON.parse(line) as { name?: string; status?: string; disk?: number }
    if (name === 'default') return { isRunning: status === 'Running', disk: Number(disk ?? 0) }
  }
  return undefined
}

async function podmanMachine(): Promise<boolean> {
  const { stdout, exitCode } = await ask`podman machine list --format ${'{{.Name}}'}`
  return exitCode === 0 && stdout.trim() !== ''
}
