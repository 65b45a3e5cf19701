import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { localImage, officialImage } from '../../scripts/container/image.ts'
import { ROOT } from '../../scripts/plan/world.ts'
import { REQUIREMENTS } from '../../scripts/sandbox/requirements.ts'

const dockerfile = readFileSync(join(ROOT, 'docker/builder.Dockerfile'), 'utf8')
const [make = '', image = ''] = dockerfile.split(/^FROM .*$/m).slice(1)
const installed = (stage: string): string[] =>
  (/--no-install-recommends \\\n([^&]*?)\n/.exec(stage)?.[1] ?? '').replaceAll('\\', ' ').trim().split(/\s+/)

test('the image has the packages that `just setup` installs for building, and no other', () => {
  const wanted = REQUIREMENTS.filter(entry => entry.for === 'build').map(entry => entry.package)
  expect(installed(image).sort()).toEqual(wanted.sort())
})

test('the handler is compiled with those that `just setup` installs for it, and only where it is compiled', () => {
  const wanted = REQUIREMENTS.filter(entry => entry.for === 'accelerate').map(entry => entry.package)
  for (const name of wanted) expect(installed(make)).toContain(name)
})

test('what the Dockerfile copies is there, and a change of it makes another image', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files = '']) => files.split(' '))
  for (const file of copied.filter(name => !name.includes('['))) expect(existsSync(join(ROOT, file))).toBe(true)
  expect(localImage()).toMatch(/^rootsmith-builder:[0-9a-f]{12}$/)
})

test('no tag alone is trusted: the official image is one by digest, or the one that is named', () => {
  expect(officialImage({})).toBeUndefined()
  expect(officialImage({ ROOTSMITH_BUILDER_IMAGE: 'registry.example.org/b:1' })).toBe('registry.example.org/b:1')
})
