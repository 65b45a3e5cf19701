/** Moves results to out/<name>/, all at the end, each by a rename: no half-written file is ever there. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { arch, release } from 'node:os'
import { join } from 'node:path'
import rootsmith from '../../package.json' with { type: 'json' }
import type { Event } from '../lib/events.ts'
import type { Plan } from '../plan/types.ts'
import { readMetadata } from './current.ts'
import { sha256File } from './digest.ts'

export type Metadata = {
  name: string
  target: string
  arch: string
  version: string
  commit?: string
  rootsmith: string
  strategy: string
  emulate: boolean
  source_date_epoch: number
  build: { started: string; seconds: number; runner: { os: string; arch: string; kernel: string; bun: string } }
  stages: { name: string; status: string; seconds: number; reason: string; bytes: number; layer: string }[]
  layers: string[]
  /** The plan's, once every stage was built: when it is the same again, so are the outputs. */
  outputs_key: string
  artifacts: { name: string; bytes: number; sha256: string }[]
  facts?: Record<string, unknown>
}

export type Finished = {
  work: string
  log: string
  events: Event[]
  layers: string[]
  seconds: number
  outputsKey: string
}

export async function publish(plan: Plan, { work, log, events, layers, seconds, outputsKey }: Finished): Promise<void> {
  const made = join(work, 'out')
  const wanted = new Set(plan.outputs.flatMap(({ files }) => files))
  const names = readdirSync(made)
    .filter(name => wanted.has(name))
    .sort()
  const artifacts = []
  for (const name of names)
    artifacts.push({ name, bytes: statSync(join(made, name)).size, sha256: await sha256File(join(made, name)) })
  const facts = join(work, 'scratch', 'facts.json')
  const metadata: Metadata = {
    name: plan.name,
    target: plan.config.target,
    arch: plan.config.arch,
    version: plan.packageVersion,
    ...(plan.commit ? { commit: plan.commit } : {}),
    rootsmith: rootsmith.version,
    strategy: plan.strategy,
    emulate: plan.emulate,
    source_date_epoch: plan.sourceDateEpoch,
    build: {
      started: new Date(Date.now() - seconds * 1000).toISOString(),
      seconds,
      runner: { os: process.platform, arch: arch(), kernel: release(), bun: Bun.version },
    },
    stages: events.flatMap(event => {
      if (event.type !== 'stage_complete') return []
      const { type: _, ...stage } = event
      return [stage]
    }),
    layers,
    outputs_key: outputsKey,
    artifacts,
    ...(existsSync(facts) ? { facts: JSON.parse(readFileSync(facts, 'utf8')) as Record<string, unknown> } : {}),
  }
  copyFileSync(log, join(made, 'build.log'))
  writeFileSync(join(made, 'metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`)

  moveResults(made, plan.out)
}

/** Moves the artifacts that a folder's metadata.json names, the log and the metadata itself, and removes the ones before them. */
export function moveResults(from: string, out: string): void {
  const names = artifactsOf(from)
  const before = artifactsOf(out)
  mkdirSync(out, { recursive: true })
  // metadata.json last: where it is, all that it names is there.
  for (const name of [...names, 'build.log', 'metadata.json']) moveInto(join(from, name), out, name)
  const stale = readdirSync(out).filter(name => STALE.test(name))
  for (const name of [...before, ...stale]) if (!names.includes(name)) rmSync(join(out, name), { force: true })
}

/** What tells of the results before these: a failed build, boots of the old image, copies that were cut off. */
const STALE = /^(build-failed\.log|(first-)?boot-\w+\.(log|json)|\..*\.part)$/

/** Leaves the log of a failed build beside the results of the last good one. @returns its path. */
export function publishFailure(plan: Plan, log: string): string {
  mkdirSync(plan.out, { recursive: true })
  const copy = `${log}.failed`
  copyFileSync(log, copy)
  moveInto(copy, plan.out, 'build-failed.log')
  return join(plan.out, 'build-failed.log')
}

/** Names that the metadata of an earlier build lists: older versions of a package go when the new one is there. */
function artifactsOf(out: string): string[] {
  return (readMetadata(out)?.artifacts ?? []).map(({ name }) => name).filter(name => !name.includes('/'))
}

/** A rename where both are on one file system; else a copy under a hidden name first. */
function moveInto(file: string, folder: string, name: string): void {
  const target = join(folder, name)
  try {
    sync(file)
    renameSync(file, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const beside = join(folder, `.${name}.part`)
    copyFileSync(file, beside)
    sync(beside)
    renameSync(beside, target)
    rmSync(file)
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
