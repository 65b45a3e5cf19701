import { expect, test } from 'bun:test'
import { needPrograms } from '../../scripts/boot/programs.ts'
import { missing, REQUIREMENTS } from '../../scripts/sandbox/requirements.ts'

test('an ordinary user’s PATH gets the folders where e2fsck is', () => {
  const env = { PATH: '/usr/bin:/sbin' }
  needPrograms([], env)
  expect(env.PATH).toBe('/usr/bin:/sbin:/usr/local/sbin:/usr/sbin')
})

test('what is missing is named, with the command that brings it', () => {
  const lacking = missing('boot', name => name !== 'mcopy')
  expect(() => needPrograms(lacking, {})).toThrow(/not installed: mtools$/)
})

test('every program that a boot runs is on the list of what the machine must have', () => {
  const provided = REQUIREMENTS.flatMap(entry => entry.provides)
  for (const program of ['qemu-system-aarch64', 'mcopy', 'debugfs', 'e2fsck', 'xz', 'zstd', 'setpriv'])
    expect(provided).toContain(program)
})
