import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { profileLines, readProfile } from '../../scripts/sandbox/profile.ts'

const dir = mkdtempSync(join(tmpdir(), 'rootsmith-profile-'))
afterAll(() => rmSync(dir, { recursive: true }))

function read(text: string): ReturnType<typeof readProfile> {
  writeFileSync(join(dir, 'profile'), text)
  return readProfile(join(dir, 'profile'))
}

test('runs of a program are added up, and the dearest comes first', () => {
  const rows = read('0.5 0.25 /usr/bin/getent\n1.5 1 /usr/bin/python3.13 /usr/bin/a script\n2 1.75 /usr/bin/getent\n')
  expect(rows).toEqual([
    { program: '/usr/bin/getent', runs: 2, wall: 2.5, cpu: 2 },
    { program: '/usr/bin/python3.13 /usr/bin/a script', runs: 1, wall: 1.5, cpu: 1 },
  ])
})

test('a line that was cut off does not count', () => {
  expect(read('0.5 0.25 /usr/bin/getent\n0.5 0.2')).toHaveLength(1)
})

test('where nothing was emulated, that is what is said', () => {
  expect(readProfile(join(dir, 'none'))).toEqual([])
  expect(profileLines([])[0]).toContain('no program was emulated')
})

test('what is not shown is summed up, and all of it too', () => {
  const rows = read('3 3 /a\n2 2 /b\n1 1 /c\n1 1 /c\n')
  const lines = profileLines(rows, 1).map(line => line.trim().split(/\s+/))
  expect(lines.slice(1)).toEqual([
    ['3.00', '3.00', '1', '/a'],
    ['4.00', '4.00', '3', '2', 'others'],
    ['7.00', '7.00', '4', 'all', 'emulated', 'programs'],
  ])
})
