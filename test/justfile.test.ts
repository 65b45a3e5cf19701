import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const home = join(import.meta.dir, '..')
const just = join(home, 'node_modules/.bin/just')
const file = join(home, 'justfile')

async function run(args: string[], cwd = home) {
  const child = Bun.spawn([just, ...args], {
    cwd,
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, NO_COLOR: '1' },
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}

type Recipe = {
  name: string
  doc: string | null
  private: boolean
  attributes: unknown[]
  parameters: { kind: string }[]
  body: unknown[]
}
const { out } = await run(['--dump', '--dump-format', 'json'])
const recipes = Object.values((JSON.parse(out) as { recipes: Record<string, Recipe> }).recipes).filter(
  recipe => !recipe.private,
)

describe('the justfile', () => {
  test('is a manual: every recipe has a group and a line that says what it does', () => {
    for (const { name, doc, attributes } of recipes) {
      expect([name, doc]).toEqual([name, expect.stringMatching(/^[A-Z]/)])
      expect([name, JSON.stringify(attributes)]).toEqual([name, expect.stringContaining('group')])
    }
  })
  test('has the verbs that people rely on', () => {
    const names = recipes.map(recipe => recipe.name)
    for (const verb of [
      'build',
      'bundle',
      'plan',
      'boot',
      'shell',
      'setup',
      'mac-setup',
      'doctor',
      'clean',
      'cache',
      'schema',
      'check',
      'test',
      'test-build',
    ]) {
      expect(names).toContain(verb)
    }
  })
  test('names only scripts that exist', () => {
    const scripts = [...readFileSync(file, 'utf8').matchAll(/scripts\/[\w/-]+\.ts/g)].map(match => match[0])
    expect(scripts.length).toBeGreaterThan(9)
    for (const script of scripts) expect([script, existsSync(join(home, script))]).toEqual([script, true])
  })
  test('runs two verbs in a row, since setup takes no words', async () => {
    expect(recipes.find(recipe => recipe.name === 'setup')?.parameters).toEqual([])
    const { out, code } = await run(['setup', 'plan', '--help'])
    expect(out.split('\n').filter(line => /^(setup:|usage:)/.test(line)).length).toBe(2)
    expect(code).toBe(0)
  })
})

describe('a verb behind just', () => {
  test('gives its exit code through, and just adds no words', async () => {
    const { err, code } = await run(['doctor', '--bogus'])
    expect(err).toBe('✖ doctor has no option --bogus\n  hint `just doctor --help` lists them\n')
    expect(code).toBe(2)
  })
  test('gets its words as they were typed, spaces, quotes and dollars included', async () => {
    const { err, code } = await run(['build', `a  "b' $HOME \`x\`.yaml`])
    expect(err).toStartWith(`✖ no config a  "b' $HOME \`x\`.yaml\n`)
    expect(code).toBe(2)
  })
  test('finds configs from the folder in which it was typed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rootsmith-just-'))
    symlinkSync(join(home, 'config/rpi.yaml'), join(folder, 'mine.yaml'))
    const { err } = await run(['-f', file, 'build', 'mien.yaml'], folder)
    expect(err).toContain('did you mean mine.yaml?')
    rmSync(folder, { recursive: true })
  })
})

test('without npm packages it says what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-just-'))
  symlinkSync(file, join(folder, 'justfile'))
  const { err, code } = await run(['-d', folder, '-f', join(folder, 'justfile'), 'build'], folder)
  expect(code).toBe(2)
  expect(err).toContain('run `npm ci`')
  rmSync(folder, { recursive: true })
})
