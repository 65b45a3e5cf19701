import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { requireReader } from '../../scripts/preload/check.ts'

let root: string
const write = (path: string, text = ''): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rootsmith-reader-'))
  write('usr/sbin/dockerd')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const settings = (value: unknown): void => write('etc/docker/daemon.json', JSON.stringify(value))

test('a rootfs with Docker and nothing set reads the images', () => {
  expect(() => requireReader(root)).not.toThrow()
})

test('so does one that says what is so anyway, and other things', () => {
  settings({
    'data-root': '/var/lib/docker',
    'storage-driver': 'overlay2',
    'log-level': 'warn',
    features: { 'containerd-snapshotter': false },
  })
  expect(() => requireReader(root)).not.toThrow()
})

test.each([
  [{ 'data-root': '/data/docker' }, '`data-root`'],
  [{ graph: '/data' }, '`graph`'],
  [{ 'storage-driver': 'btrfs' }, '`storage-driver`'],
  [{ features: { 'containerd-snapshotter': true } }, '`features.containerd-snapshotter`'],
])('%j is refused', (value, name) => {
  settings(value)
  expect(() => requireReader(root)).toThrow(name)
})

test('without Docker nothing would read them', () => {
  rmSync(join(root, 'usr/sbin/dockerd'))
  expect(() => requireReader(root)).toThrow('the rootfs has no Docker')
})

test('images that are there already are not covered', () => {
  write('var/lib/docker/image/overlay2/repositories.json', '{}')
  expect(() => requireReader(root)).toThrow('images of its own')
})

test('settings that are no JSON are said to be', () => {
  write('etc/docker/daemon.json', '{')
  expect(() => requireReader(root)).toThrow('is not JSON')
})
