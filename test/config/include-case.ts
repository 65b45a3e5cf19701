/** A case of the tables of `!include`: what is written behind it, the files there, and the list it stands for, or the one thing wrong. */
import { describe, expect, test } from 'bun:test'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type LoadOptions, loadConfig } from '../../scripts/config/load.ts'
import { BASE, type Files, inFolder, problemsIn } from './folder.ts'

export type Case = [
  title: string,
  include: string,
  files: Files,
  /** The packages; or how the only problem begins, from its file on. */
  expected: string[] | string,
  prepare?: (folder: string) => void,
]

/** For `prepare`: a symbolic link. */
export const link = (target: string, name: string) => (folder: string) => symlinkSync(target, join(folder, name))

/** A test for each case. */
export const table = (name: string, cases: Case[], sub?: string, options?: LoadOptions): void =>
  describe(name, () => {
    for (const one of cases) test(one[0], () => check(one, sub, options))
  })

/** A config in `sub` of the case's folder includes; what comes of it is compared, and may not take long. */
async function check([, include, files, expected, prepare]: Case, sub = '.', options: LoadOptions = {}): Promise<void> {
  const begun = performance.now()
  const all = { [join(sub, 'main.yaml')]: `${BASE}packages: !include ${include}\n`, ...files }
  const found = await inFolder(all, async top => {
    const folder = join(top, sub)
    prepare?.(folder)
    const said = await problemsIn(folder, options)
    return said.length > 0
      ? said
      : (await loadConfig(join(folder, 'main.yaml'), { env: {}, ...options })).config.packages
  })
  if (Array.isArray(expected)) expect(found).toEqual(expected)
  else expect([found.length, found[0]?.slice(0, expected.length)]).toEqual([1, expected])
  expect(performance.now() - begun).toBeLessThan(4000)
}
