/** The figures as text: what was measured, then what it means. */
import chalk from 'chalk'
import { duration, size } from '../screen/format.ts'
import { type Ratio, ratios } from './ratios.ts'
import type { Report } from './report.ts'

export function table(report: Report): string[] {
  const { machine, versions, figures, identity, missing, notes, date, commit } = report
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version.replace(`${name} `, '')}`)
  const made = ratios(report)
  return [
    chalk.bold(`${machine.cpu}, ${machine.cores} cores, ${size(machine.memory)}`),
    chalk.dim([machine.distribution, `Linux ${machine.kernel}`, ...programs].join(', ')),
    chalk.dim([date.slice(0, 10), ...(commit ? [`commit ${commit.slice(0, 12)}`] : [])].join(', ')),
    ...notes,
    ...section(
      'Times',
      figures.map(({ what, seconds, output, runs }) => [
        '',
        what,
        duration(seconds),
        [...(runs ? [`median of ${runs.length}`] : []), ...(output ? [`output ${duration(output)}`] : [])].join(', '),
      ]),
    ),
    ...section('Ratios', made.map(ratioRow)),
    ...section(
      'Trees',
      identity.map(({ what, equal, entries }) => [mark(equal), what, `${entries} entries`]),
    ),
    ...identity.flatMap(({ differing }) => differing.map(line => `    ${line}`)),
    ...section(
      'Not measured',
      missing.map(({ what, reason, failed }) => [failed ? mark(false) : '', `${what}: ${reason}`, '']),
    ),
  ]
}

const mark = (good: boolean | undefined): string => (good === undefined ? '' : good ? chalk.green('✔') : chalk.red('✖'))

function ratioRow({ what, value, unit, bound, holds }: Ratio): string[] {
  const shown = unit === 'times' ? value.toFixed(2) : `${value.toFixed(2)} s`
  const limit = bound ? ('most' in bound ? `≤ ${bound.most}` : `≥ ${bound.least}`) : ''
  return [mark(holds), what, shown, limit]
}

/** A blank line, a heading, and rows of mark, name and values; nothing without rows. */
function section(title: string, rows: string[][]): string[] {
  if (rows.length === 0) return []
  const name = Math.max(...rows.map(row => (row[2] === '' ? 0 : Bun.stringWidth(row[1] ?? ''))))
  const value = Math.max(...rows.map(row => Bun.stringWidth(row[2] ?? '')))
  const lines = rows.map(([sign = '', what = '', shown = '', limit = '']) => {
    const gap = ' '.repeat(Math.max(0, name - Bun.stringWidth(what)))
    return `${sign || ' '} ${what}${gap}  ${shown.padStart(value)}  ${limit}`.trimEnd()
  })
  return ['', chalk.bold(title), ...lines]
}
