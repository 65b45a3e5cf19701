import { expect, test } from 'bun:test'
import { screenMode } from '../../scripts/screen/mode.ts'

const mode = (isTTY: boolean, env: Record<string, string> = {}, json = false) =>
  screenMode({ json, isTTY, env: { TERM: 'xterm', ...env } })

test('a terminal gets the picture, NO_COLOR or not', () => {
  expect(mode(true)).toBe('tty')
  expect(mode(true, { NO_COLOR: '1' })).toBe('tty')
  expect(mode(true, { CI: 'false' })).toBe('tty')
})
test('everything else gets plain lines', () => {
  expect(mode(false)).toBe('plain')
  expect(mode(true, { CI: 'true' })).toBe('plain')
  expect(mode(true, { TERM: 'dumb' })).toBe('plain')
})
test('--json wins', () => {
  expect(mode(true, {}, true)).toBe('json')
})
