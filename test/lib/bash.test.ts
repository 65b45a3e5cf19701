import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'rootsmith-bash-'))
  writeFileSync(join(home, '.bashrc'), 'touch "$HOME/was-read"; echo from bashrc')
})
afterAll(() => rmSync(home, { recursive: true }))

const module = join(import.meta.dir, '../../scripts/lib/bash.ts')

test.each([
  ['as in a service or a CI job', { SHLVL: '0' }],
  ['as through ssh', { SHLVL: '0', SSH_CLIENT: '192.0.2.1 1 22' }],
])('commands read nobody’s .bashrc, %s', (_, env) => {
  const code = `import { $ } from '${module}'; console.log((await $({ quiet: true })\`echo \${'a b'} | cat\`).stdout.trim())`
  const ran = Bun.spawnSync([process.execPath, '-e', code], { env: { ...process.env, HOME: home, ...env } })
  expect(ran.stderr.toString()).toBe('')
  expect(ran.stdout.toString()).toBe('a b\n')
  expect(existsSync(join(home, 'was-read'))).toBe(false)
})
