import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * There is no Mac here: programs of these names stand for its own. What brew "installs" appears on the PATH, an engine
 * answers once Colima was started, and everything that was done is in a log.
 */
const root = join(import.meta.dir, '..')
const folder = mkdtempSync(join(tmpdir(), 'rootsmith-mac-'))
const bin = join(folder, 'bin')
const log = join(folder, 'log')
const project = join(folder, 'home/my project')
afterAll(() => rmSync(folder, { recursive: true }))

const program = (name: string, script: string): void =>
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

beforeEach(() => {
  rmSync(join(folder, 'home'), { recursive: true, force: true })
  rmSync(bin, { recursive: true, force: true })
  for (const name of ['log', 'running']) rmSync(join(folder, name), { force: true })
  mkdirSync(bin)
  mkdirSync(project, { recursive: true })
  // Not the PATH of this machine, which has git, xz and perhaps docker.
  for (const name of ['bash', 'sh', 'env', 'mkdir', 'cat', 'cp', 'chmod', 'ps', 'sleep']) {
    // A small Debian has no `ps`.
    const found = Bun.which(name)
    if (found) symlinkSync(found, join(bin, name))
  }
  program('sw_vers', 'echo 15.1')
  program(
    '.colima',
    `[ "$1" = start ] && { echo "colima $*" >> '${log}'; echo starting; : > '${folder}/running'; }
[ "$1" = list ] && [ -e '${folder}/running' ] && echo '{"name":"default","status":"Running","cpus":4,"memory":8589934592,"disk":64424509440}'
exit 0`,
  )
  program(
    '.docker',
    `[ -e '${folder}/running' ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
echo '4 8218034176'`,
  )
  program('.other', 'exit 0')
  program(
    'brew',
    `echo "brew $*" >> '${log}'; shift
for name; do [ -e '${bin}'/.$name ] && from=.$name || from=.other; cp '${bin}'/$from '${bin}'/$name; echo "Pouring $name"; done`,
  )
})

async function macSetup(...words: string[]) {
  const child = Bun.spawn([process.execPath, join(root, 'scripts/mac-setup.ts'), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { PATH: bin, HOME: join(folder, 'home'), ROOTSMITH_HOST: 'macos', ROOTSMITH_CWD: project, NO_COLOR: '1' },
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}
const done = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])

describe('just mac-setup', () => {
  test('says what it would do, and does nothing', async () => {
    const { out, err, code } = await macSetup()
    expect([code, err]).toEqual([0, ''])
    expect(out).toStartWith('macOS 15.1\n✔ Homebrew  installed\n+ git')
    expect(out).toContain('$ brew install colima docker\n')
    expect(out).toMatch(/\$ colima start --cpu \d+ --memory \d --disk 60\n/)
    expect(out).toEndWith('mac-setup: 5 steps to take, none was taken; `just mac-setup --apply` takes them\n')
    expect(done()).toEqual([])
    expect(existsSync(join(project, 'out'))).toBe(false)
  })
  test('does it with --apply, step after step, and a second time there is nothing to do', async () => {
    const first = await macSetup('--apply')
    expect([first.code, first.err]).toEqual([0, ''])
    expect(done()).toEqual([
      'brew install git',
      'brew install xz',
      'brew install colima docker',
      expect.stringMatching(/^colima start --cpu \d+ --memory \d --disk 60$/),
    ])
    expect(existsSync(join(project, 'out'))).toBe(true)
    expect(first.out).toContain('Install colima and docker')
    expect(first.out).toEndWith('mac-setup: 5 steps taken; build with `just build`\n')

    const before = done()
    const second = await macSetup('--apply')
    expect([second.code, second.out.split('\n').at(-2)]).toEqual([0, 'mac-setup: there is nothing to do'])
    expect(done()).toEqual(before)
  })
  test('stops at a step that fails, shows what it said, and goes on from there the next time', async () => {
    program('.colima', `echo 'no space left' >&2; exit 3`)
    const { err, code } = await macSetup('--apply')
    expect(code).toBe(1)
    expect(err).toMatch(
      /✖ colima start --cpu \d+ --memory \d --disk 60 failed \(status 3\)\n {2}no space left\n {2}hint mend it/,
    )
    expect(existsSync(join(project, 'out'))).toBe(false)
    expect((await macSetup()).out).toContain('mac-setup: 2 steps to take')
  })
  test('does not take a client without its engine for one that answers', async () => {
    for (const name of ['colima', 'docker']) program(name, 'echo 0 0')
    expect((await macSetup()).out).toContain('+ running   no engine answers\n')
  })
  test('never installs Homebrew itself: it says where it is, and touches nothing', async () => {
    rmSync(join(bin, 'brew'))
    expect((await macSetup()).code).toBe(0)
    const { err, code } = await macSetup('--apply')
    expect([code, err]).toEqual([
      1,
      '✖ Homebrew is missing\n  hint its own page, brew.sh, says how; this never installs it\n',
    ])
    expect(existsSync(join(project, 'out'))).toBe(false)
  })
  test('does not take the stub of Apple for git', async () => {
    if (!existsSync('/usr/bin/git')) return
    const path = process.env.PATH
    process.env.PATH = `${bin}:/usr/bin`
    try {
      const { gatherMacFacts } = await import('../scripts/machine/mac-facts.ts')
      // The stub is at /usr/bin/git, where this machine has a real one; without the tools xcode-select fails.
      program('xcode-select', 'exit 2')
      expect((await gatherMacFacts()).programs).not.toContain('git')
      program('xcode-select', 'echo /Library/Developer/CommandLineTools')
      expect((await gatherMacFacts()).programs).toContain('git')
    } finally {
      process.env.PATH = path
    }
  })
})

test.each(['linux', 'wsl', 'windows', 'msys'])('on %s it ends with 2 and says that it is for macOS', async host => {
  const child = Bun.spawn([process.execPath, join(root, 'scripts/mac-setup.ts'), '--apply'], {
    stdout: 'ignore',
    stderr: 'pipe',
    env: { ...process.env, ROOTSMITH_HOST: host, NO_COLOR: '1' },
  })
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
    2,
    expect.stringMatching(/^✖ mac-setup is for macOS, and this is \w+\n {2}hint here it is `just setup`\n$/),
  ])
})

describe('on a Mac', () => {
  // Its platform, and nothing of Linux on the PATH: whatever a verb starts there must be guarded.
  const preload = join(folder, 'darwin.ts')
  const run = async (verb: string, ...words: string[]) => {
    writeFileSync(preload, `Object.defineProperty(process, 'platform', { value: 'darwin' })`)
    symlinkSync(Bun.which('git') ?? '', join(bin, 'git'))
    const child = Bun.spawn([process.execPath, '--preload', preload, join(root, `scripts/${verb}.ts`), ...words], {
      stdout: 'pipe',
      stderr: 'pipe',
      env: { PATH: bin, HOME: join(folder, 'home'), ROOTSMITH_CWD: project, NO_COLOR: '1' },
    })
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    return { code: await child.exited, out, err }
  }
  test('a plan can be looked at', async () => {
    const { code, out, err } = await run('plan', '--json')
    expect([code, err, JSON.parse(out).name]).toEqual([0, '', 'rpi'])
  })
  test('a native build says that it needs Linux, and is no bug', async () => {
    const { code, err } = await run('build', '--strategy', 'native')
    expect([code, err.split('\n').slice(0, 2)]).toEqual([
      3,
      ['✖ no way to build on this machine', '  native: needs Linux, and this is darwin'],
    ])
  })
  test('just setup points to just mac-setup', async () => {
    const { code, err } = await run('setup')
    expect([code, err]).toEqual([1, expect.stringContaining('`just mac-setup`')])
  })
})
