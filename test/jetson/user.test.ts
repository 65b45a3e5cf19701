import { expect, test } from 'bun:test'
import { lock } from '../../scripts/jetson/user.ts'

test('lock takes the password of that user alone', () => {
  const shadow = 'root:*:1:0:99999:7:::\nop:$1$a$b:1:0:99999:7:::\noperator:$1$c$d:1:0:99999:7:::\n'
  expect(lock(shadow, 'op')).toBe('root:*:1:0:99999:7:::\nop:*:1:0:99999:7:::\noperator:$1$c$d:1:0:99999:7:::\n')
})
