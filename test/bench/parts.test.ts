import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listConfig, listP } from '../../scripts/bench/list.ts'
import { wanted } from '../../scripts/bench/parts.ts'
import { copyConfig, piFile, requireOnly } from '../../scripts/bench/pi.ts'
import { loadConfig } from '../../scripts/config/load.ts'
import { start } from '../build/driver.ts'

const bench = (...args: string[]) => start('bench', args).ended

describe('the words of just bench', () => {
  test('may name parts; a misspelt one is refused with the one that is meant', async () => {
    const { code, stderr } = await bench('--part', 'pi', '--part', 'identiy')
    expect(stderr).toBe(
      '✖ --part cannot be `identiy`\n  hint did you mean identity? one of pi, image, run, list, armhf, peers, identity\n',
    )
    expect(code).toBe(2)
  })
  test('may name suites', async () => {
    expect((await bench('--suite', 'trixy')).stderr).toContain('did you mean trixie?')
  })
  test('are explained', async () => {
    const { code, stdout } = await bench('--help')
    expect(stdout).toStartWith('usage: just bench [OPTION]…\n')
    expect(code).toBe(0)
  })
})

describe('parts', () => {
  const names = (...words: string[]): string[] => wanted(words).map(({ name }) => name)
  test('are all but the longest, when none is named', () => {
    expect(names()).toEqual(['pi', 'image', 'run', 'list', 'peers', 'identity'])
  })
  test('run in the order of the table, whatever was typed', () => {
    expect(names('armhf', 'image', 'list')).toEqual(['image', 'list', 'armhf'])
  })
})

describe('the configs that are built', () => {
  const work = mkdtempSync(join(tmpdir(), 'rootsmith-bench-'))
  const place = { work, choice: { mirror: undefined } }
  test.each(['amd64', 'arm64', 'armhf'] as const)('are valid: list P for %s', async arch => {
    const { config } = await loadConfig(listConfig(place, 'bookworm', arch), { env: {} })
    expect(config.packages).toEqual(listP(arch))
    expect(config).toMatchObject({ arch, target: 'generic', outputs: ['rootfs'], system: { ssh: false } })
  })
  test('are valid: list P from one mirror', async () => {
    const choice = { mirror: 'https://example.org/debian' }
    const { config } = await loadConfig(listConfig({ work: join(work, 'mirror'), choice }, 'trixie', 'armhf'), {
      env: {},
    })
    expect(config.from.debian?.mirrors).toEqual(['https://example.org/debian'])
  })
  test('are written once, so that their time stamp is the same for the tree that is compared', () => {
    const file = listConfig(place, 'trixie', 'arm64')
    utimesSync(file, 1_000_000_000, 1_000_000_000)
    listConfig(place, 'trixie', 'arm64')
    expect(statSync(file).mtimeMs).toBe(1e12)
  })
  test('are valid: the Pi with a first and a last stage to edit', async () => {
    copyConfig(work)
    const { config } = await loadConfig(piFile(work), { env: {} })
    expect(config.stages).toEqual([join(work, 'pi/stages')])
    rmSync(work, { recursive: true })
  })
})

test('an edit that had other stages built than it should is no figure', () => {
  expect(() => requireOnly({ stages: { '90-finish': 1 } }, '90-finish')).not.toThrow()
  expect(() => requireOnly({ stages: {} }, undefined)).not.toThrow()
  expect(() => requireOnly({ stages: { '10-system': 9, '90-finish': 1 } }, '90-finish')).toThrow(
    '10-system was built first',
  )
  expect(() => requireOnly({ stages: {} }, '90-finish')).toThrow('nothing was built first')
  expect(() => requireOnly({ stages: { '90-finish': 1 } }, undefined)).toThrow(
    '90-finish was built first, where nothing',
  )
})
