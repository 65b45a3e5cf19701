/** A report with made-up figures, of a machine that does not exist. */
import type { Figure, Report } from '../../scripts/bench/report.ts'

export const figure = (id: string, seconds: number): Figure => ({ id, what: `what ${id} is`, seconds })

export const sample = (...figures: [id: string, seconds: number][]): Report => ({
  format: 1,
  machine: {
    cpu: 'Example CPU',
    cores: 2,
    memory: 8 * 1024 ** 3,
    kernel: '6.12.0-amd64',
    distribution: 'Debian GNU/Linux 13 (trixie)',
    arch: 'amd64',
  },
  date: '2026-01-02T03:04:05.000Z',
  commit: '0123456789abcdef0123456789abcdef01234567',
  versions: { bun: '1.4.4', mmdebstrap: 'mmdebstrap 1.5.7', qemu: '10.0.2' },
  notes: [],
  complete: true,
  figures: figures.map(([id, seconds]) => figure(id, seconds)),
  identity: [],
  missing: [],
})

export const LIST: [string, number][] = [
  ['list/trixie/amd64', 50],
  ['list/trixie/arm64', 60],
  ['list/trixie/armhf', 70],
  ['list/trixie/arm64/emulated', 480],
]
export const PI: [string, number][] = [
  ['pi/cold', 150],
  ['pi/start', 0.25],
  ['pi/same', 0.75],
  ['pi/last', 66],
  ['pi/first', 90],
  ['pi/second', 80],
  ['image/ours', 57],
  ['image/bare', 60],
  ['pi/compress', 40],
  ['pi/mmdebstrap', 80],
]
