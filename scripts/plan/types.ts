/** The plan: plain JSON, and the only thing that crosses from the driver to the runner. */
import type { Config, OutputName } from '../config/schema.ts'

export type PlannedStep = { file: string; title: string; skip?: string }

export type PlannedStage = {
  /** Folder name, `10-system`: the key by which folders of several roots are merged. */
  name: string
  /** Folders that hold its steps, absolute, Rootsmith's own first. */
  dirs: string[]
  steps: PlannedStep[]
  status: 'cached' | 'build' | 'skipped'
  /** Id of the cached layer. */
  layer?: string
  /** Why it is built: `config.system.locale: en_GB.UTF-8 → de_DE.UTF-8`. */
  reason: string
  /** Seconds its layer took when it was built; 0 when never seen. */
  seconds: number
  bytes: number
}

export type Plan = {
  version: 1
  name: string
  /** Values from `!ENV` hold the expression, never the value; `env` lists where. */
  config: Config
  env: { path: (string | number)[]; expression: string; base?: string }[]
  configFile: string
  cache: string
  out: string
  strategy: string
  emulate: boolean
  fresh: boolean
  /** Say what each emulated program cost. */
  profile: boolean
  /** Seconds since the epoch: times of the outputs. */
  sourceDateEpoch: number
  /** The same for what stages make: it stays when a commit is made, so that layers do. */
  rootfsEpoch: number
  packageVersion: string
  label: string
  /** Commit of the config's repository, with `-dirty` when it has changes; absent outside git. */
  commit?: string
  stages: PlannedStage[]
  /** Digest of all that the outputs depend on; empty while a stage has yet to be built. */
  outputsKey: string
  outputs: { name: OutputName; files: string[] }[]
}
