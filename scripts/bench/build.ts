/** Builds as people do: `just build CONFIG --out DIR …`, a process of its own, in the bench's cache. */
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { readMetadata } from '../output/current.ts'
import type { Metadata } from '../output/publish.ts'
import { ROOT } from '../plan/world.ts'
import { type Ended, run } from './child.ts'
import type { Measured } from './report.ts'

type Place = { cache: string; work: string }
export type Built = {
  wall: number
  /** Stages that were built, with what they took; trees of tools are not among them. */
  stages: Record<string, number>
  /** Seconds of all outputs together. */
  output: number
  out: string
  metadata: Metadata
}

/** Runs a verb with the bench's cache. */
export function verb({ cache, work }: Place, name: string, args: string[]): Promise<Ended> {
  return run([process.execPath, join(ROOT, `scripts/${name}.ts`), ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', CI: 'true', ROOTSMITH_CACHE: cache, ROOTSMITH_CWD: work },
  })
}

/** @param out name of the folder of its results. @throws UserError when the build fails. */
export async function build(
  place: Place,
  config: string,
  out: string,
  args: string[] = [],
  name: 'build' | 'bundle' = 'build',
): Promise<Built> {
  const folder = join(place.work, 'out', out)
  const { code, stdout, stderr, seconds } = await verb(place, name, [config, '--out', folder, '--json', ...args])
  const events = stdout.split('\n').flatMap(parseLine)
  if (code !== 0) {
    const last = events.at(-1)
    const said = typeof last?.message === 'string' ? last.message : stderr.trim().split('\n').at(-1)
    throw new UserError(`the build failed: ${said}`, { hint: `its log is in ${folder}/build-failed.log` })
  }
  const metadata = readMetadata(folder)
  if (!metadata) throw new UserError(`${folder} has no metadata.json after the build`)
  return { wall: seconds, stages: builtStages(metadata), output: outputSeconds(events), out: folder, metadata }
}

type Line = { type?: unknown; name?: unknown; seconds?: unknown; message?: unknown }

function parseLine(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line]
  } catch {
    return []
  }
}

/** Each file of an output tells the seconds of the whole output: they count once. */
export function outputSeconds(events: readonly Line[]): number {
  const seconds = new Map<unknown, number>()
  for (const event of events)
    if (event.type === 'output_complete' && typeof event.seconds === 'number') seconds.set(event.name, event.seconds)
  return sum([...seconds.values()])
}

/** A tree of tools is made once for all configs, so it is no part of what a config costs. */
export function builtStages({ stages }: Pick<Metadata, 'stages'>): Record<string, number> {
  const built = stages.filter(({ name, status }) => status === 'built' && !name.startsWith('tools '))
  return Object.fromEntries(built.map(({ name, seconds }) => [name, seconds]))
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** A build as a figure whose seconds are all of it. */
export const whole = ({ wall, output, stages }: Built): Measured => ({
  seconds: wall,
  wall,
  output,
  stages,
})

/** A build as a figure whose seconds are those of its stages: the rootfs, without what is packed of it. */
export const rootfsOnly = (built: Built): Measured => ({
  ...whole(built),
  seconds: sum(Object.values(built.stages)),
})
