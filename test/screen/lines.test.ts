import { describe, expect, test } from 'bun:test'
import type { Event } from '../../scripts/lib/events.ts'
import { plainScreen } from '../../scripts/screen/plain.ts'
import { makeScreen } from '../../scripts/screen/screen.ts'
import type { Summary } from '../../scripts/screen/summary.ts'
import { demoPlan as plan } from './plan.ts'

const summary: Summary = {
  name: 'rpi',
  out: `${process.cwd()}/out/rpi`,
  seconds: 14.5,
  stages: [
    { name: '00-bootstrap', status: 'reused', seconds: 61.2 },
    { name: '10-system', status: 'built', seconds: 14.2 },
    { name: '20-kernel', status: 'skipped', seconds: 0 },
  ],
  artifacts: [
    { name: 'rpi.img.xz', bytes: 180e6, sha256: '3f2a9c81d0e4'.padEnd(64, '0') },
    { name: 'rpi.img.bmap', bytes: 3000, sha256: '9c81d0e43f2a'.padEnd(64, '0') },
  ],
}
const events: Event[] = [
  { type: 'stage_complete', name: '00-bootstrap', status: 'reused', seconds: 61.2, reason: '', bytes: 1, layer: 'a' },
  { type: 'stage_start', name: '10-system', steps: 3 },
  { type: 'step_start', stage: '10-system', step: '00-step', title: 'Name the \u001b[31mmachine' },
  { type: 'log', level: 'debug', msg: 'hidden' },
  { type: 'log', level: 'warn', msg: 'careful' },
  { type: 'step_complete', stage: '10-system', step: '00-step', seconds: 0.4 },
  { type: 'step_skip', stage: '10-system', step: '10-step', title: 'Generate the locale', reason: 'C.UTF-8 is there' },
  { type: 'stage_complete', name: '10-system', status: 'built', seconds: 14.2, reason: 'x', bytes: 31e6, layer: 'b' },
  { type: 'output_start', name: 'image' },
  { type: 'output_complete', name: 'image', file: 'rpi.img.xz', bytes: 180e6, sha256: 'x', seconds: 33 },
]

async function show(mode: 'plain' | 'json', verbose = false): Promise<string> {
  let text = ''
  const screen = makeScreen({ mode, plan, verbose, write: part => (text += part) })
  for (const event of events) {
    screen.event(event)
    screen.raw('\u001b[32mSetting up\u001b[0m x\r')
  }
  await screen.end(summary)
  return text
}

describe('the plain screen', () => {
  test('says a line for each event, with the time, and what was made', async () => {
    expect(await show('plain')).toBe(`\
[  0:00] 00-bootstrap: reused, 1 min 01 s saved
[  0:00] 10-system: 3 steps · config.system.locale: en_GB.UTF-8 → de_DE.UTF-8
[  0:00] 10-system: Name the machine
[  0:00] warning: careful
[  0:00] 10-system: Name the machine: done in 0.4 s
[  0:00] 10-system: Generate the locale: skipped, C.UTF-8 is there
[  0:00] 10-system: built in 14.2 s, 29.6 MiB
[  0:00] output image
[  0:00] output image: rpi.img.xz, 171.7 MiB, in 33.0 s

✔ rpi is in out/rpi/ after 14.5 s
  rpi.img.xz    171.7 MiB  sha256 3f2a9c81d0e4…
  rpi.img.bmap    2.9 KiB  sha256 9c81d0e43f2a…
  1 of 2 stages reused: 1 min 01 s saved.
  Next: just boot
        just bundle
`)
  })
  test('shows what programs print only when asked, without control characters', async () => {
    expect(await show('plain')).not.toContain('Setting up')
    const text = await show('plain', true)
    expect(text).toContain('Setting up x\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })
  test('shows that a silent step is alive, and the last thing it printed', async () => {
    let text = ''
    const screen = plainScreen({ plan, write: part => (text += part), heartbeatMs: 60 })
    screen.event({ type: 'step_start', stage: '20-kernel', step: 'x', title: 'Install the kernel' })
    screen.raw('Unpacking linux-image')
    await Bun.sleep(150)
    await screen.fail()
    expect(text).toMatch(/20-kernel: Install the kernel: still at it after 0\.\d s · Unpacking linux-image\n/)
    const length = text.length
    await Bun.sleep(150)
    expect(text.length).toBe(length)
  })
  test('does not repeat progress for every packet and package', () => {
    let text = ''
    const screen = plainScreen({ plan, write: part => (text += part) })
    for (let at = 0; at <= 1000; at++)
      screen.event({ type: 'general', message: 'Download', current: at, total: 1000, unit: 'bytes' })
    for (let at = 1; at <= 9; at++)
      screen.event({ type: 'general', message: `Unpacking ${at}`, current: at, total: 9, unit: 'packages' })
    expect(text.trim().split('\n')).toEqual([
      '[  0:00] Download: 0 B of 1000 B',
      '[  0:00] Unpacking 1: 1 of 9 packages',
    ])
    void screen.fail()
  })
})

describe('the JSON screen', () => {
  test('says each event as it came, and the summary last', async () => {
    const lines = (await show('json'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.length).toBe(events.length + 1)
    expect(lines[1]).toEqual({ type: 'stage_start', name: '10-system', steps: 3, at: expect.any(Number) })
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      artifacts: summary.artifacts,
      next: ['just boot', 'just bundle'],
    })
  })
  test('has what programs print only when asked', async () => {
    expect(await show('json')).not.toContain('"raw"')
    expect((await show('json', true)).split('\n').filter(line => line.includes('"type":"raw"')).length).toBe(
      events.length,
    )
  })
})
