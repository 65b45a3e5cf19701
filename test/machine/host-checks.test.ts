import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Facts } from '../../scripts/machine/facts.ts'
import { macEngine, macSystem, windowsDrives } from '../../scripts/machine/host-checks.ts'

const home = join(import.meta.dir, '../..')
const folder = mkdtempSync(join(tmpdir(), 'rootsmith-doctor-'))
const bin = join(folder, 'bin')
mkdirSync(bin)
afterAll(() => rmSync(folder, { recursive: true }))

const wsl = (onDrive: Facts['onDrive'], host: Facts['host'] = 'wsl') => windowsDrives({ host, onDrive } as Facts)

describe('a drive of Windows under WSL', () => {
  test('must not hold the cache, and had better not hold the project', () => {
    const checks = wsl({ cache: '/mnt/d/cache', project: '/mnt/c/src' })
    expect(checks.map(({ state, found }) => [state, found])).toEqual([
      ['bad', 'the cache is on one: /mnt/d/cache'],
      ['warn', 'the project is on one: /mnt/c/src'],
    ])
    expect(checks.map(({ mend }) => mend)).toEqual([
      expect.stringContaining('ROOTSMITH_CACHE'),
      expect.stringContaining('home folder of the distribution'),
    ])
  })
  test('is no matter where nothing lies on one, nor on Linux proper', () => {
    expect(wsl({ cache: undefined, project: undefined }).map(({ state }) => state)).toEqual(['ok'])
    expect(wsl({ cache: undefined, project: undefined }, 'linux')).toEqual([])
  })
})

test('a Mac is told to build in a container, and how to get an engine', () => {
  const facts = { os: { id: 'macos', like: '', name: 'macOS 15.1' }, arch: 'arm64' } as Facts
  expect(macSystem(facts)).toMatchObject({ found: 'macOS 15.1, arm64', mend: expect.stringContaining('mac-setup') })
  expect(macEngine({ ...facts, engine: { name: 'docker 28.1' } }).state).toBe('ok')
  expect(macEngine({ ...facts, engine: { reason: 'no' } })).toMatchObject({
    state: 'bad',
    mend: 'just mac-setup --apply',
  })
})

type Line = { type: string; name: string; state: string; found: string }

async function doctor(env: Record<string, string>): Promise<{ checks: Line[]; err: string }> {
  const child = Bun.spawn([process.execPath, join(home, 'scripts/doctor.ts'), '--json'], {
    stdout: 'pipe',
    stderr: 'pipe',
    env: { HOME: folder, ...env },
  })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  const lines = out.split('\n').filter(Boolean)
  return { checks: lines.map(line => JSON.parse(line) as Line).filter(({ type }) => type === 'check'), err }
}

describe('just doctor', () => {
  test('looks for nothing of Linux on a Mac: nothing but bash and sw_vers need be there', async () => {
    symlinkSync(Bun.which('bash') ?? '', join(bin, 'bash'))
    writeFileSync(join(bin, 'sw_vers'), '#!/bin/sh\n[ "$1" = -productVersion ] && echo 15.1\n', { mode: 0o755 })
    const { checks, err } = await doctor({ ROOTSMITH_HOST: 'macos', PATH: bin })
    expect(err).toBe('')
    expect(checks.map(({ name }) => name)).toEqual(['system', 'cache', 'results', 'containers'])
    expect(checks[0]?.found).toBe(`macOS 15.1, ${process.arch}`)
  })
  test('sees a cache on a drive under WSL, by the name that Windows gives it', async () => {
    const { checks } = await doctor({
      ROOTSMITH_HOST: 'wsl',
      ROOTSMITH_CACHE: 'D:\\cache',
      PATH: process.env.PATH ?? '',
    })
    expect(checks.filter(({ name }) => name === 'Windows drive').map(({ state, found }) => [state, found])).toEqual([
      ['bad', 'the cache is on one: /mnt/d/cache'],
    ])
  })
})
