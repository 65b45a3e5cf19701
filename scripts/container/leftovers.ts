/** Containers of drivers that are no more. They end by themselves; this is for those of a crashed engine. */
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Engine, engineRun } from './engine.ts'
import { isRunning, processName } from './process.ts'

/** `driver` says who started a container: `MACHINE PID-START`. Many machines may share an engine. */
export const LABEL = { name: 'org.rootsmith.build', driver: 'org.rootsmith.driver' } as const

export const driverLabel = (): string => `${machine()} ${processName(process.pid)}`

const machine = (): string =>
  (existsSync('/etc/machine-id') && readFileSync('/etc/machine-id', 'utf8').trim()) || hostname()

/** Whether the driver of a label was on this machine and is gone. */
export function isOrphan(label: string): boolean {
  const [where, process = ''] = label.split(' ')
  return where === machine() && !isRunning(process)
}

/** Removes what killed drivers of this machine left. @returns how many containers those were. */
export async function removeLeftovers(engine: Engine): Promise<number> {
  const format = `{{.ID}} {{.Label "${LABEL.driver}"}}`
  const listed = await engineRun(engine, ['ps', '--all', '--filter', `label=${LABEL.driver}`, '--format', format])
  const left = listed.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => ({ id: line.split(' ', 1)[0] ?? '', label: line.slice(line.indexOf(' ') + 1) }))
    .filter(({ label }) => isOrphan(label))
  for (const { id } of left) await engineRun(engine, ['rm', '--force', '--volumes', id])
  return left.length
}
