import { expect, test } from 'bun:test'
import { missing } from '../../scripts/sandbox/requirements.ts'

const names = (release: number, there: string[] = []) =>
  missing('test', name => there.includes(name), release).map(entry => entry.package)

test('a package that a release of Debian does not have is not asked for there', () => {
  expect(names(12)).toContain('docker.io')
  expect(names(12)).not.toContain('docker-cli')
  expect(names(13)).toContain('docker-cli')
  expect(names(Infinity)).toContain('docker-cli')
})

test('what is there by any way is not missing', () => {
  expect(names(13, ['docker', 'dockerd'])).not.toContain('docker.io')
  expect(names(13, ['docker', 'dockerd'])).not.toContain('docker-cli')
})
