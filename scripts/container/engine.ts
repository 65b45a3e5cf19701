/** The container engine's command line: which one, whether it answers, and what it can do. */
import type { ProcessPromise } from 'zx'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'
import { within } from '../lib/within.ts'
import type { Obstacle } from '../strategy/strategy.ts'
import { explain } from './errors.ts'

export type Engine = {
  /** `docker`, `podman`, or the path of one: the first word of each command. */
  program: string
  kind: 'docker' | 'podman'
  /** Of the engine, not of its client: `20.10.24`. */
  version: string
  /** Debian's name of the architecture that its containers run on. */
  arch: string
  /** AppArmor confines containers there, and forbids mounting. */
  apparmor: boolean
  rootless: boolean
}

/** An engine that hangs (a VM that sleeps, a tunnel that is down) must not hold us up. */
const ANSWER_WITHIN = 20

const ARCHES: Record<string, string> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
  armv7l: 'armhf',
  arm: 'armhf',
}
/** Debian's name for what engines call an architecture. */
export const debianArch = (name: string): string => ARCHES[name] ?? name

let asked: Promise<Engine | Obstacle> | undefined
/** Looks for an engine, once: `$CONTAINER_ENGINE`, else docker, else podman. */
export function findEngine(): Promise<Engine | Obstacle> {
  asked ??= ask(process.env)
  return asked
}

/** @throws UserError where there is none. */
export async function engine(): Promise<Engine> {
  const found = await findEngine()
  if ('program' in found) return found
  throw new UserError(found.reason, { hint: found.hint })
}

/** @returns the first that answers; if none does, why not. */
export async function ask(env: NodeJS.ProcessEnv): Promise<Engine | Obstacle> {
  const wanted = env.CONTAINER_ENGINE
  const isThere = (name: string): boolean => Bun.which(name, { PATH: env.PATH ?? '' }) !== null
  const programs = (wanted ? [wanted] : ['docker', 'podman']).filter(isThere)
  const refused: Obstacle[] = []
  for (const program of programs) {
    const answer = await askOne(program, env)
    if ('program' in answer) return answer
    refused.push(answer)
  }
  return (
    refused[0] ?? {
      reason: wanted
        ? `CONTAINER_ENGINE is ${wanted}, and there is no such program`
        : 'neither docker nor podman is installed',
      hint: 'as root: apt-get install docker.io (or podman, and CONTAINER_ENGINE=podman)',
    }
  )
}

async function askOne(program: string, env: NodeJS.ProcessEnv): Promise<Engine | Obstacle> {
  const run = $({ nothrow: true, quiet: true, env: env as Record<string, string> })
  const info = await within(ANSWER_WITHIN, run`exec ${program} info --format ${'{{json .}}'}`)
  // docker prints what its client knows, and a list of errors, with status 0 or 1.
  const read = info.stdout.trim().startsWith('{') ? (JSON.parse(info.stdout) as Info) : {}
  const failed =
    read.ServerErrors?.join('\n') ||
    (info.exitCode === 0 ? '' : info.stderr || `it did not answer within ${ANSWER_WITHIN} s`)
  if (!failed) return engineOf(program, read)
  const { message, hint } = explain(`${program} does not answer`, failed, 'engine not reachable')
  return { reason: message, hint: hint ?? `does \`${program} info\` work?` }
}

/** The parts of `docker info` and `podman info` that are read here. */
type Info = {
  ServerVersion?: string
  Architecture?: string
  OSType?: string
  SecurityOptions?: string[]
  ServerErrors?: string[]
  host?: { arch?: string; security?: { apparmorEnabled?: boolean; rootless?: boolean } }
  version?: { Version?: string }
}

export function engineOf(program: string, info: Info): Engine | Obstacle {
  if (info.host) {
    const { arch = '', security = {} } = info.host
    return {
      program,
      kind: 'podman',
      version: info.version?.Version ?? '',
      arch: debianArch(arch),
      apparmor: security.apparmorEnabled === true,
      rootless: security.rootless === true,
    }
  }
  if (info.OSType && info.OSType !== 'linux')
    return { reason: `${program} runs ${info.OSType} containers`, hint: 'switch it to Linux containers' }
  const options = info.SecurityOptions ?? []
  return {
    program,
    kind: 'docker',
    version: info.ServerVersion ?? '',
    arch: debianArch(info.Architecture ?? ''),
    apparmor: options.some(option => option.startsWith('name=apparmor')),
    rootless: options.some(option => option.startsWith('name=rootless')),
  }
}

/** Runs a command of the engine; `nothrow`, so that the caller says what a failure means. */
export const engineRun = ({ program }: Engine, words: readonly string[]): ProcessPromise =>
  $({ nothrow: true, quiet: true })`${program} ${words}`

let prefix: string[] | undefined
/**
 * Words to put before a command that must not outlive us: a pull or an image build ends when its client does, and
 * after `kill -9` nobody else would end the client. Only util-linux has it, so only Linux, and not all of that.
 */
export function dieWithUs(): string[] {
  const words = ['setpriv', '--pdeathsig', 'TERM']
  prefix ??= Bun.which('setpriv') && Bun.spawnSync([...words, 'true']).exitCode === 0 ? words : []
  return prefix
}
