/** A plan in words. */
import chalk from 'chalk'
import { shown } from '../lib/paths.ts'
import { duration, size } from '../screen/format.ts'
import type { Plan, PlannedStage } from './types.ts'

/** @returns lines without their ends. */
export function planLines(plan: Plan): string[] {
  const { config } = plan
  const from = config.from.debian ? `Debian ${config.from.debian.suite}` : (config.from.rootfs?.path ?? '')
  const building = plan.stages.filter(({ status }) => status === 'build')
  const expected = building.reduce((sum, { seconds }) => sum + seconds, 0)
  return [
    `${chalk.bold(plan.name)}: ${config.arch} for ${config.target}, from ${from}, built by the ${plan.strategy} strategy`,
    '',
    ...plan.stages.flatMap(stageLines),
    '',
    ...plan.outputs.flatMap(({ name, files }) => [
      `${name}`.padEnd(8) + files.map(file => shown(`${plan.out}/${file}`)).join(' '),
    ]),
    '',
    building.length === 0
      ? 'Every stage is cached; only the outputs would be made.'
      : `${building.length} of ${plan.stages.length} stages would be built${expected ? `; they took ${duration(expected)} last time` : ''}.`,
  ]
}

const MARKS = { cached: chalk.green('cached'), build: chalk.yellow('build'), skipped: chalk.dim('skip') }

function stageLines({ name, status, reason, steps, seconds, bytes }: PlannedStage): string[] {
  const detail = status === 'cached' ? `${size(bytes)}, took ${duration(seconds)}` : reason
  const head = `${MARKS[status]}${' '.repeat(8 - MARKS_WIDTH[status])}${chalk.bold(name)}  ${chalk.dim(detail)}`
  if (status !== 'build') return [head]
  return [
    head,
    ...steps.map(step => `          ${step.title}${step.skip ? chalk.dim(` (skipped: ${step.skip})`) : ''}`),
  ]
}

const MARKS_WIDTH = { cached: 6, build: 5, skipped: 4 }
