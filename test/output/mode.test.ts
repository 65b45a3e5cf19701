import { expect, test } from 'bun:test'
import { applyMode } from '../../scripts/output/mode.ts'

const octal = (text: string, base = 0o640, isFolder = false): string => applyMode(text, base, isFolder).toString(8)

test('octal modes replace what was there', () => {
  expect([octal('644'), octal('0755'), octal('4755')]).toEqual(['644', '755', '4755'])
})

test('symbolic modes change what was there, as chmod does', () => {
  expect(octal('u+x')).toBe('740')
  expect(octal('u=rw,go=r')).toBe('644')
  expect(octal('go-rwx')).toBe('600')
  expect(octal('u+s,g+s')).toBe('6640')
  expect(octal('+t')).toBe('1640')
})

test('X makes only folders and programs executable', () => {
  expect(octal('a+X')).toBe('640')
  expect(octal('a+X', 0o740)).toBe('751')
  expect(octal('a+X', 0o640, true)).toBe('751')
})

test('a mode without u, g or o means all, whatever the umask', () => {
  expect(octal('+w')).toBe('662')
})
