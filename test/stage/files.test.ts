import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerIds, resolveIn, writeFile } from '../../scripts/stage/files.ts'

const root = mkdtempSync(join(tmpdir(), 'rootsmith-files-'))
afterAll(() => rmSync(root, { recursive: true }))
mkdirSync(join(root, 'etc'))
mkdirSync(join(root, 'usr/lib'), { recursive: true })
symlinkSync('usr/lib', join(root, 'lib'))
symlinkSync('/etc', join(root, 'absolute'))
symlinkSync('../../../../../../etc', join(root, 'usr/up'))
symlinkSync('loop', join(root, 'loop'))
writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\npi:x:1000:1001::/home/pi:/bin/sh\n')
writeFileSync(join(root, 'etc/group'), 'root:x:0:\nvideo:x:44:\npi:x:1001:\n')

test('a link is followed as the rootfs itself would', () => {
  expect(resolveIn(root, '/lib/os-release')).toBe(join(root, 'usr/lib/os-release'))
})

test('an absolute link stays inside', () => {
  expect(resolveIn(root, '/absolute/passwd')).toBe(join(root, 'etc/passwd'))
})

test('no path and no link leads out', () => {
  expect(resolveIn(root, '/../../etc/passwd')).toBe(join(root, 'etc/passwd'))
  expect(resolveIn(root, '/usr/up/passwd')).toBe(join(root, 'etc/passwd'))
})

test('a loop of links is an error, not a hang', () => {
  expect(() => resolveIn(root, '/loop/x')).toThrow('too many links')
})

test('a file is written with its mode, and folders above it are made', () => {
  writeFile(root, '/opt/app/run.sh', 'hello', { mode: '755' })
  const file = join(root, 'opt/app/run.sh')
  expect(readFileSync(file, 'utf8')).toBe('hello')
  expect(statSync(file).mode & 0o7777).toBe(0o755)
})

test('owners are numbers of the rootfs, not of the build machine', () => {
  expect(ownerIds(root, 'pi')).toEqual([1000, 1001])
  expect(ownerIds(root, 'pi:video')).toEqual([1000, 44])
  expect(ownerIds(root, 'root:root')).toEqual([0, 0])
  expect(() => ownerIds(root, 'nobody-here')).toThrow('the rootfs has no user nobody-here')
  expect(() => ownerIds(root, 'root:nogroup-here')).toThrow('the rootfs has no group nogroup-here')
})
