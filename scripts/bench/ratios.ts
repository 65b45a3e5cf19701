/** What the figures are for: one time against another, and how far apart the two may be. */
import { type Report, secondsOf } from './report.ts'

export type Bound = { most: number } | { least: number }
export type Ratio = {
  what: string
  value: number
  /** A quotient, or a difference in seconds. */
  unit: 'times' | 'seconds'
  bound?: Bound
  holds?: boolean
}

/** Ids of figures; several are added. */
type Rule = { what: string; of: string[]; to: string[]; unit?: 'seconds'; bound?: Bound }

const SUITES = ['bookworm', 'trixie']
const ARCHES = ['arm64', 'armhf', 'amd64']

/** @param native Debian's name of the machine's own architecture. */
function rules(native: string): Rule[] {
  const lists = SUITES.flatMap(suite =>
    ARCHES.filter(arch => arch !== native).flatMap((arch): Rule[] => {
      const [name, id] = [`list P, ${suite}, ${arch}`, `list/${suite}/${arch}`]
      return [
        { what: `${name}: accelerated ÷ native`, of: [id], to: [`list/${suite}/${native}`], bound: { most: 1.3 } },
        { what: `${name}: emulated ÷ accelerated`, of: [`${id}/emulated`], to: [id], bound: { least: 7 } },
      ]
    }),
  )
  return [
    ...lists,
    {
      what: 'Pi: a component changed ÷ packing alone',
      of: ['run/changed'],
      to: ['run/packed'],
      bound: { most: 1.3 },
    },
    {
      what: 'Pi: first build ÷ (plain mmdebstrap + compressor)',
      of: ['pi/cold'],
      to: ['pi/mmdebstrap', 'pi/compress'],
      bound: { most: 1.5 },
    },
    {
      what: 'Pi: nothing changed, beyond the start',
      of: ['pi/same'],
      to: ['pi/start'],
      unit: 'seconds',
      bound: { most: 1 },
    },
    { what: 'Pi: last stage edited ÷ bare tools', of: ['pi/last'], to: ['image/bare'], bound: { most: 1.3 } },
    { what: 'image: assembly and compression ÷ bare tools', of: ['image/ours'], to: ['image/bare'] },
    ...SUITES.map(suite => ({
      what: `list P, ${suite}, ${native}: with downloads ÷ plain mmdebstrap`,
      of: [`list/${suite}/${native}/downloads`],
      to: [`peers/mmdebstrap/${suite}`],
    })),
  ]
}

/** All that can be made of what was measured; a ratio that lacks a figure is left out. */
export function ratios(report: Pick<Report, 'figures' | 'machine'>): Ratio[] {
  const total = (ids: string[]): number | undefined => {
    const seconds = ids.map(id => secondsOf(report, id))
    return seconds.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0)
  }
  return rules(report.machine.arch).flatMap(({ what, of, to, unit, bound }) => {
    const [above, below] = [total(of), total(to)]
    if (above === undefined || below === undefined || below === 0) return []
    const value = unit === 'seconds' ? above - below : above / below
    return [{ what, value, unit: unit ?? 'times', ...(bound ? { bound, holds: holds(value, bound) } : {}) }]
  })
}

const holds = (value: number, bound: Bound): boolean => ('most' in bound ? value <= bound.most : value >= bound.least)
