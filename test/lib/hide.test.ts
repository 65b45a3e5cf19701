import { describe, expect, test } from 'bun:test'
import { quote } from 'zx'
import { hiding } from '../../scripts/lib/hide.ts'

const SECRET = `Tr0ub4dor&3 'x' "y" \\z=,%ä`
const hide = hiding(
  new Map([
    ['Tr0ub4dor', 'OTHER'],
    [SECRET, 'WIFI'],
  ]),
)
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('a hidden value', () => {
  test.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['as zx quotes it', quote(SECRET)],
    ['as zx quotes it in JSON', quote(JSON.stringify({ a: SECRET }))],
    ['as sh quotes it', `'${SECRET.replaceAll("'", `'\\''`)}'`],
    ['in a URL', `http://h/${encodeURIComponent(SECRET)}`],
    ['in a path of a URL', `http://h/${encodeURI(SECRET)}`],
    ['in base64', base64(SECRET)],
    ['in base64 behind one byte', base64(`a${SECRET}`)],
    ['in base64 behind two bytes', base64(`ab${SECRET}`)],
    ['in base64 before others', base64(`abc${SECRET}xy`)],
  ])('%s is found', (_, text) => {
    expect(hide.text(`before ${text} after`)).toMatch(/^before .*‹WIFI›.* after$/)
    expect(hide.text(text)).not.toContain('b4dor')
  })

  test('is found every time, and what is around it stays', () => {
    expect(hide.text(`a ${SECRET}b${SECRET}`)).toBe('a ‹WIFI›b‹WIFI›')
  })
  test.each(['password', 'password1', 'password12'])(
    'of any length is found in base64 with others around: %s',
    value => {
      const known = hiding(new Map([[value, 'X']]))
      for (const before of ['', 'a', 'ab', 'abc'])
        for (const after of ['', '?', '??', '???']) expect(known.text(base64(before + value + after))).toContain('‹X›')
    },
  )
  test('that begins another is not taken for it', () => {
    expect(hide.text(`Tr0ub4dor! ${SECRET}`)).toBe('‹OTHER›! ‹WIFI›')
  })
  test('is no pattern', () => {
    expect(hiding(new Map([['a.*b', 'X']])).text('a.*b axxb')).toBe('‹X› axxb')
  })
  test('is found in what an event says, whose type and layer stay', () => {
    const plain = hiding(
      new Map([
        ['abc', 'X'],
        ['log', 'Y'],
      ]),
    )
    expect(plain.event({ type: 'log', level: 'info', msg: 'abc log' })).toEqual({
      type: 'log',
      level: 'info',
      msg: '‹X› ‹Y›',
    })
    const event = {
      type: 'stage_complete',
      name: '10-a',
      status: 'built',
      seconds: 1,
      reason: 'abc',
      bytes: 2,
      layer: 'abc',
    } as const
    expect(plain.event(event)).toEqual({ ...event, reason: '‹X›' })
  })
  test('of which there is none changes nothing', () => {
    expect(hiding(new Map()).text(' anything ')).toBe(' anything ')
  })
})
