import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'

const root = join(import.meta.dir, '..')

test("a checkout on Windows has Linux's line ends in all that becomes part of an image", async () => {
  const files = ['templates', 'stages', 'config'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name)),
  )
  expect(files.length).toBeGreaterThan(20)
  const env = { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' }
  const { stdout } = await $({ cwd: root, env, quiet: true })`git check-attr eol -- ${files}`
  expect(
    stdout
      .trim()
      .split('\n')
      .filter(line => !line.endsWith(': eol: lf')),
  ).toEqual([])
})
