import { expect, test } from 'bun:test'
import { formatMessage, parseMessage } from '../../scripts/container/wire.ts'

test('a message comes through whole, on one line', () => {
  const message = { failed: { message: 'a\nb :: "c"', hint: undefined } }
  const line = formatMessage('word', message)
  expect(line).not.toContain('\n')
  expect(parseMessage('word', line)).toEqual({ failed: { message: 'a\nb :: "c"' } })
})

test('who does not know the word can send none', () => {
  expect(parseMessage('word', '::other::{"results":"/etc"}')).toBeUndefined()
  expect(parseMessage('word', '::progress::type=log')).toBeUndefined()
  expect(parseMessage('word', ' ::word::{}')).toBeUndefined()
})
