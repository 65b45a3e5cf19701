/** What is said when all is done. */
import type { ChalkInstance } from 'chalk'
import type { StageStatus } from '../lib/events.ts'
import { DEFAULT_CONFIG } from '../lib/find-config.ts'
import { fromUser, home, shown } from '../lib/paths.ts'
import type { Plan } from '../plan/types.ts'
import { duration, size } from './format.ts'

/** The same shapes as in metadata.json. */
export type Summary = {
  name: string
  /** Folder of the results, absolute. */
  out: string
  /** Wall time of everything. */
  seconds: number
  /** `seconds` of a reused stage are those it took when it was built. */
  stages: { name: string; status: StageStatus; seconds: number }[]
  artifacts: { name: string; bytes: number; sha256: string }[]
  /** Commands to type next; by default those that fit the outputs. */
  next?: string[] | undefined
}

/** @returns lines without their ends. */
export function summaryLines(summary: Summary, next: string[], colour: ChalkInstance): string[] {
  const { artifacts } = summary
  const names = Math.max(0, ...artifacts.map(({ name }) => name.length))
  const sizes = Math.max(0, ...artifacts.map(({ bytes }) => size(bytes).length))
  const files = artifacts.map(
    ({ name, bytes, sha256 }) =>
      `  ${colour.bold(name.padEnd(names))}  ${size(bytes).padStart(sizes)}  ${colour.dim(`sha256 ${sha256.slice(0, 12)}…`)}`,
  )
  const note = reuseNote(summary)
  return [
    `${colour.green('✔')} ${colour.bold(summary.name)} is in ${shown(summary.out)}/ after ${duration(summary.seconds)}`,
    ...files,
    ...(note ? [`  ${note}`] : []),
    ...next.map((command, at) => `  ${at === 0 ? 'Next:' : '     '} ${colour.cyan(command)}`),
  ]
}

function reuseNote({ stages }: Summary): string | undefined {
  const reused = stages.filter(stage => stage.status === 'reused')
  // A skipped stage was not there to be built; it would make `3 of 7` look like something is left to save.
  const all = stages.filter(stage => stage.status !== 'skipped').length
  if (reused.length === 0) return undefined
  const saved = duration(reused.reduce((sum, stage) => sum + stage.seconds, 0))
  return reused.length === all
    ? `Every stage reused: ${saved} saved.`
    : `${reused.length} of ${all} stages reused: ${saved} saved.`
}

/** What one does with the results of this plan, in the words to type. */
export function nextCommands(plan: Plan): string[] {
  const made = new Set(plan.outputs.map(output => output.name))
  const isDefault = [home, process.cwd()].some(folder => `${folder}/${DEFAULT_CONFIG}` === fromUser(plan.configFile))
  const config = isDefault ? '' : ` ${shown(fromUser(plan.configFile))}`
  const bundle = plan.outputs.find(output => output.name === 'bundle')?.files.find(file => file.endsWith('.run'))
  const commands: string[] = []
  if (made.has('image')) commands.push(`just boot${config}`)
  if (bundle) commands.push(`${shown(`${fromUser(plan.out)}/${bundle}`)} --list-devices`)
  else if (made.has('image')) commands.push(`just bundle${config}`)
  // A container's layers are in its engine's volume.
  if (commands.length === 0 && plan.strategy === 'native') commands.push(`just shell${config}`)
  return commands
}
