/** What `just bench` found, as bench.json holds it: everything else (ratios, table, chart) is made from it. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Something measured. Ids read like paths: `pi/cold`, `list/trixie/arm64/emulated`. */
export type Figure = {
  id: string
  what: string
  /** What ratios are made of; `what` says of what. The median where there are several runs. */
  seconds: number
  /** Every run, in order. */
  runs?: number[]
  /** From the start of the program to its end. */
  wall?: number
  /** Of that, making the outputs. */
  output?: number
  /** Of that, each stage that was built. */
  stages?: Record<string, number>
  bytes?: number
}

/** A figure that has no name yet. */
export type Measured = Omit<Figure, 'id' | 'what'>

/** Two trees, entry by entry. */
export type Comparison = {
  id: string
  what: string
  equal: boolean
  entries: number
  /** The first entries that differ, with what differs. */
  differing: string[]
}

/** Something that was to be measured and was not: it failed, or cannot be done on this machine. */
export type Missing = { id: string; what: string; reason: string; failed: boolean }

export type Machine = {
  cpu: string
  cores: number
  /** Bytes. */
  memory: number
  kernel: string
  distribution: string
  /** Debian's name: what is native. */
  arch: string
}

export type Report = {
  format: 1
  machine: Machine
  /** ISO 8601, when the run began. */
  date: string
  commit?: string
  versions: Record<string, string>
  /** What is unusual about this run. */
  notes: string[]
  /** False while it runs, and for ever in a run that was killed. */
  complete: boolean
  figures: Figure[]
  identity: Comparison[]
  missing: Missing[]
}

/** @returns a number when it was measured; undefined leaves out whatever is made of it. */
export const secondsOf = ({ figures }: Pick<Report, 'figures'>, id: string): number | undefined =>
  figures.find(figure => figure.id === id)?.seconds

export const median = (runs: readonly number[]): number => {
  const sorted = runs.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]]
  if (low === undefined || high === undefined) throw new Error('the median of nothing')
  return (low + high) / 2
}

/** @returns the run that took the median time (of an even number the slower one), with the seconds of all. */
export function atMedian(runs: readonly Measured[]): Measured {
  const run = runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1]
  if (!run) throw new Error('the median of nothing')
  return { ...run, runs: runs.map(({ seconds }) => seconds) }
}

/** Written beside and renamed: whoever reads it while we run, or after we were killed, finds it whole. */
export function writeBeside(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}
