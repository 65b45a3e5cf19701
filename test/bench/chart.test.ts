import { describe, expect, test } from 'bun:test'
import { drawChart } from '../../scripts/bench/chart.ts'
import { LIST, PI, sample } from './sample.ts'

/** Enough of XML for what we write: every tag is closed in its turn, and no text has a bare `<` or `&`. */
function malformed(text: string): string | undefined {
  const open: string[] = []
  let at = 0
  for (const match of text.matchAll(/<(\/?)([a-z]+)((?:\s+[a-zA-Z:-]+="[^"<&]*")*)\s*(\/?)>/g)) {
    const [tag, closing, name = '', , empty] = match
    const between = text.slice(at, match.index)
    if (/[<>]|&(?!#\d+;)/.test(between)) return `text: ${between}`
    if (closing) {
      if (open.pop() !== name) return `out of turn: ${tag}`
    } else if (!empty) open.push(name)
    at = match.index + tag.length
  }
  return open.length > 0 || text.slice(at).trim() !== '' ? `not closed: ${open} ${text.slice(at)}` : undefined
}

const bars = (svg: string): string[] =>
  [...svg.matchAll(/text-anchor="end">([^<]*)<\/text>\n<rect class="(\w+)"/g)].map(match => `${match[1]} (${match[2]})`)

describe('the chart', () => {
  test('is well-formed, whatever the machine is called', () => {
    const report = sample(...LIST, ...PI)
    report.machine.cpu = '<Core> & "Co"'
    const svg = drawChart(report)
    expect(malformed(svg)).toBeUndefined()
    expect(svg).toContain('&#60;Core&#62; &#38; &#34;Co&#34;')
    expect(malformed(svg.replace('</text>', ''))).toBeDefined()
  })
  test('has a bar for each figure of the list and of the Pi', () => {
    expect(bars(drawChart(sample(...LIST, ...PI)))).toEqual([
      'amd64, native (bound)',
      'arm64, accelerated (ours)',
      'armhf, accelerated (ours)',
      'arm64, emulated (slow)',
      'first build (ours)',
      'plain mmdebstrap, xz (bound)',
      'first stage edited (ours)',
      'a second config (ours)',
      'last stage edited (ours)',
      'bare tools alone (bound)',
      'nothing changed (ours)',
    ])
  })
  test('writes time and ratio behind a bar', () => {
    expect(drawChart(sample(...LIST))).toContain('1 min 00 s <tspan class="soft" dx="6">1.20 × native</tspan>')
  })
  test('leaves out bars and ratios without a figure, and a group without bars', () => {
    const svg = drawChart(sample(['list/bookworm/arm64', 60]))
    expect(bars(svg)).toEqual(['arm64, accelerated (ours)'])
    expect(svg).not.toMatch(/NaN|undefined|Infinity| ×|trixie:|Raspberry/)
    expect(malformed(drawChart(sample()))).toBeUndefined()
  })
  test('keeps bars and what is written behind them within its width', () => {
    const svg = drawChart(sample(...LIST, ['list/trixie/arm64/emulated', 4000]))
    for (const [, x, width] of svg.matchAll(
      /<rect class="(?:ours|slow|bound)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g,
    ))
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(800 - 24 - 205)
  })
  test('is the same for the same figures, asks for no font from elsewhere, and knows the dark', () => {
    const svg = drawChart(sample(...LIST, ...PI))
    expect(drawChart(sample(...LIST, ...PI))).toBe(svg)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/@import|url\(|href|<script/)
  })
})
