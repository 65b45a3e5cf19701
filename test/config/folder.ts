/** A folder with a config in it, for one test; and what loading it says. */
import { describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Loaded, type LoadOptions, loadConfig } from '../../scripts/config/load.ts'
import { ConfigError, type Problem } from '../../scripts/lib/errors.ts'
import { shown } from '../../scripts/lib/paths.ts'

/** Five lines that are a valid config: what a test appends starts on line 6. */
export const BASE = `name: small
target: generic
arch: amd64
from: {debian: {}}
outputs: [rootfs]
`
/** The same for a Raspberry Pi. */
export const RPI = `name: small
target: rpi
arch: arm64
from: {debian: {components: [main, non-free-firmware]}}
outputs: [image]
`
export type Files = Record<string, string | Uint8Array>

/** Writes `files` (`main.yaml` is the config; one text alone is that file) and runs `test` in their folder. */
export async function inFolder<T>(files: Files | string, test: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rootsmith-config-')))
  try {
    for (const [name, content] of Object.entries(typeof files === 'string' ? { 'main.yaml': files } : files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    return await test(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const load = (files: Files | string, options: LoadOptions = {}): Promise<Loaded> =>
  inFolder(files, folder => loadConfig(join(folder, 'main.yaml'), { env: {}, ...options }))

/** The problems of a bad config, each as `file:line key: message [hint]`; none for a good one. */
export const problems = (files: Files | string, options: LoadOptions = {}): Promise<string[]> =>
  inFolder(files, folder => problemsIn(folder, options))

export async function problemsIn(folder: string, options: LoadOptions = {}): Promise<string[]> {
  try {
    await loadConfig(join(folder, 'main.yaml'), { env: {}, ...options })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError) || error.exitCode !== 2) throw error
    return error.problems.map(problem => line(problem, folder))
  }
}

function line({ where, key, message, hint }: Problem, folder: string): string {
  const place = where.line === undefined ? where.file : `${where.file}:${where.line}`
  const text = `${place} ${key}: ${message}${hint ? ` [${hint}]` : ''}`
  // Errors show paths from where the user stands; the test's folder is none of the test's business.
  return text.replaceAll(`${folder}/`, '').replaceAll(`${shown(folder)}/`, '')
}

/** What is true of the loader, the config that shows it, and every problem of that config. */
export type Row = [title: string, config: string | Files, expected: string[]]

export const table = (name: string, rows: Row[]): void =>
  describe(name, () => {
    test.each(rows)('%s', async (_, config, expected) => {
      expect(await problems(config)).toEqual(expected)
    })
  })
