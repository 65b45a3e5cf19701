/** bench.svg: the figures as bars. The same report gives the same bytes; it reads in light and dark. */
import { duration, size } from '../screen/format.ts'
import { type Report, secondsOf } from './report.ts'

type Bar = { label: string; seconds: number; note: string; kind: Kind }
type Group = { title: string; bars: Bar[] }
/** How much a bar is ours: ours stand out. */
type Kind = 'ours' | 'bound' | 'slow'

const WIDTH = 800
const MARGIN = 24
const LABELS = 185
/** Behind the longest bar, for its time and note. */
const NOTES = 205
const BAR = 18
const ROW = 26

/** On its own ground, since a picture in a page does not know what it stands on; the page's scheme chooses the colours. */
const STYLE = `
  svg { font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
  .ground { fill: #ffffff; stroke: #d8dee4; } text { fill: #1f2328; } .soft { fill: #636c76; }
  .title { font-size: 17px; font-weight: 600; } .group { font-size: 14px; font-weight: 600; }
  .ours { fill: #1a7f64; } .bound { fill: #9aa4ae; } .slow { fill: #d4784a; } .axis { stroke: #d8dee4; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #30363d; } text { fill: #e6edf3; } .soft { fill: #9198a1; }
    .ours { fill: #3fb68b; } .bound { fill: #6e7681; } .slow { fill: #e08e5f; } .axis { stroke: #30363d; }
  }`

export function drawChart(report: Report): string {
  const groups = [...['trixie', 'bookworm'].map(suite => listGroup(report, suite)), piGroup(report)].filter(
    ({ bars }) => bars.length > 0,
  )
  const parts: string[] = []
  let y = MARGIN + 16
  const line = (text: string, kind: string, step: number): void => {
    parts.push(`<text x="${MARGIN}" y="${y}" class="${kind}">${safe(text)}</text>`)
    y += step
  }
  line('How long Rootsmith takes', 'title', 22)
  line(onWhat(report), 'soft', 14)
  for (const { title, bars } of groups) {
    y += 26
    line(title, 'group', 12)
    // A scale for each group: seconds of one and minutes of another are both to be seen.
    const longest = Math.max(...bars.map(({ seconds }) => seconds))
    parts.push(`<path class="axis" d="M${MARGIN + LABELS - 0.5} ${y - 2}v${bars.length * ROW}" />`)
    for (const bar of bars) {
      parts.push(...drawBar(bar, y, longest))
      y += ROW
    }
  }
  const height = y + MARGIN - 8
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="How long Rootsmith takes">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" />`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function drawBar({ label, seconds, note, kind }: Bar, y: number, longest: number): string[] {
  const room = WIDTH - 2 * MARGIN - LABELS - NOTES
  const length = Math.max(2, Math.round((seconds / longest) * room * 10) / 10)
  const x = MARGIN + LABELS
  const middle = y + BAR / 2 + 4.5
  const soft = note ? ` <tspan class="soft" dx="6">${safe(note)}</tspan>` : ''
  return [
    `<text x="${x - 10}" y="${middle}" text-anchor="end">${safe(label)}</text>`,
    `<rect class="${kind}" x="${x}" y="${y}" width="${length}" height="${BAR}" rx="2" />`,
    `<text x="${x + length + 8}" y="${middle}">${safe(duration(seconds))}${soft}</text>`,
  ]
}

function listGroup(report: Report, suite: string): Group {
  const native = report.machine.arch
  const base = secondsOf(report, `list/${suite}/${native}`)
  const times = (seconds: number): string =>
    base ? `${(seconds / base).toFixed(seconds / base < 10 ? 2 : 1)} × native` : ''
  const foreign = ['arm64', 'armhf', 'amd64'].filter(arch => arch !== native)
  const bar = (rest: string, label: string, kind: Kind): Bar[] => {
    const seconds = secondsOf(report, `list/${suite}/${rest}`)
    return seconds === undefined ? [] : [{ label, seconds, note: rest === native ? '' : times(seconds), kind }]
  }
  return {
    title: `A root file system with kernel, initrd, sshd and cloud-init: Debian ${suite}`,
    bars: [
      ...bar(native, `${native}, native`, 'bound'),
      ...foreign.flatMap(arch => bar(arch, `${arch}, accelerated`, 'ours')),
      ...foreign.flatMap(arch => bar(`${arch}/emulated`, `${arch}, emulated`, 'slow')),
    ],
  }
}

function piGroup(report: Report): Group {
  const bar = (label: string, ids: string[], kind: Kind, note = ''): Bar[] => {
    const seconds = ids.flatMap(id => secondsOf(report, id) ?? [])
    if (seconds.length < ids.length) return []
    return [{ label, seconds: seconds.reduce((sum, each) => sum + each, 0), note, kind }]
  }
  return {
    title: 'The Raspberry Pi image of config/rpi.yaml, compressed',
    bars: [
      ...bar('first build', ['pi/cold'], 'ours', 'with downloads'),
      ...bar('plain mmdebstrap, xz', ['pi/mmdebstrap', 'pi/compress'], 'bound', `for ${report.machine.arch}`),
      ...bar('first stage edited', ['pi/first'], 'ours'),
      ...bar('a second config', ['pi/second'], 'ours'),
      ...bar('last stage edited', ['pi/last'], 'ours'),
      ...bar('bare tools alone', ['image/bare'], 'bound', 'for comparison'),
      ...bar('nothing changed', ['pi/same'], 'ours'),
    ],
  }
}

const onWhat = ({ machine, date }: Report): string =>
  [
    machine.cpu,
    `${machine.cores} cores`,
    size(machine.memory),
    machine.distribution.replace(/ \(.*/, ''),
    `Linux ${machine.kernel.replace(/-.*/, '')}`,
    date.slice(0, 10),
  ].join(', ')

const safe = (text: string): string => text.replace(/[&<>"]/g, found => `&#${found.charCodeAt(0)};`)
