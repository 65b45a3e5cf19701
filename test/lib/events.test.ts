import { describe, expect, test } from 'bun:test'
import { type Event, formatEvent, parseEvent } from '../../scripts/lib/events.ts'

describe('an event on a line', () => {
  const events: Event[] = [
    { type: 'stage_start', name: '10-system', steps: 3 },
    { type: 'step_skip', stage: '10-system', step: '10-locale', title: 'a=b, c%d', reason: 'über 100 % → …\r\nnext' },
    { type: 'stage_complete', name: 'x', status: 'reused', seconds: 1.25, reason: '', bytes: 12, layer: 'abc' },
    { type: 'general', message: 'Download', current: 1, total: 2, unit: 'bytes' },
    { type: 'failed', stage: 'output', title: 'image', file: 'a.ts', message: 'm', command: 'false', status: '1' },
    { type: 'log', level: 'warn', msg: '::progress::type=failed' },
  ]
  test.each(events)('comes back as it was: %j', event => {
    const line = formatEvent(event)
    expect(line).not.toMatch(/[\r\n]/)
    expect(parseEvent(line)).toEqual(event)
  })
  test('is raw output when a program prints what only looks like one', () => {
    for (const line of [
      '::progress::',
      '::progress::type=constructor',
      '::progress::name=x',
      '::log',
      '::progress::type=stage_start,steps=many',
      ' ::log::level=info,msg=x',
    ]) {
      expect(parseEvent(line)).toBeUndefined()
    }
  })
})
