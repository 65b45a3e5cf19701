import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/*
 * There is no Windows here: a program stands for its wsl.exe. It prints a list as that does, records what it was asked,
 * and can run the command for real, as if this machine were the distribution.
 */
const home = join(import.meta.dir, '../..')
const folder = mkdtempSync(join(tmpdir(), 'rootsmith-rerun-'))
const bin = join(folder, 'bin')
mkdirSync(bin)
afterAll(() => rmSync(folder, { recursive: true }))

function standIn(list: string, then: string): void {
  writeFileSync(join(folder, 'list'), Buffer.from(list, 'utf16le'))
  writeFileSync(
    join(bin, 'wsl.exe'),
    `#!/bin/sh
if [ "$1" = --list ]; then printf '%s' "$*" > '${folder}/listed'; cat '${folder}/list'; exit 0; fi
printf '%s\\0' "$@" > '${folder}/asked'
printf '%s' "$WSLENV" > '${folder}/wslenv'
${then}
`,
    { mode: 0o755 },
  )
}
const DEBIAN =
  '  NAME            STATE           VERSION\r\n* docker-desktop  Running         2\r\n  Debian          Stopped         2\r\n'

beforeEach(() => {
  for (const name of ['listed', 'asked', 'wslenv']) rmSync(join(folder, name), { force: true })
})

const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').split('\0').slice(0, -1)

async function run(verb: string, words: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, join(home, 'scripts', verb), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, NO_COLOR: '1', PATH: `${bin}:${process.env.PATH}`, ROOTSMITH_HOST: 'windows', ...env },
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}

describe('on Windows a verb', () => {
  test.each(['build', 'bundle', 'plan', 'boot', 'shell', 'setup', 'doctor', 'clean', 'cache', 'bench'])(
    '%s runs itself in the distribution, with its words and its exit code',
    async verb => {
      standIn(DEBIAN, 'echo from there; exit 7')
      const words = ['C:\\My Files\\a.yaml', '--set', `a=$HOME "b' *`]
      expect(await run(`${verb}.ts`, words)).toEqual({ code: 7, out: 'from there\n', err: '' })
      expect(readFileSync(join(folder, 'listed'), 'utf8')).toBe('--list --verbose')
      const args = asked()
      expect(args.slice(0, 5)).toEqual(['--distribution', 'Debian', '--cd', home, '--exec'])
      expect(args.slice(8)).toEqual(['sh', `scripts/${verb}.ts`, ...words])
    },
  )
  test('does so under MSYS too, from the folder in which the user stands', async () => {
    standIn(DEBIAN, 'printf %s "$ROOTSMITH_CWD"')
    const env = { ROOTSMITH_HOST: 'msys', ROOTSMITH_CWD: '/d/my project', SOURCE_DATE_EPOCH: '1', WSLENV: '' }
    expect((await run('build.ts', ['mine.yaml'], env)).out).toBe('D:\\my project')
    expect(readFileSync(join(folder, 'wslenv'), 'utf8').split(':')).toContainValues([
      'ROOTSMITH_CWD',
      'SOURCE_DATE_EPOCH',
    ])
  })
  test('really runs with the Bun that is there', async () => {
    // What wsl.exe does: the folder, the command without a shell, the variables; and there it is not Windows.
    standIn(DEBIAN, 'cd "$4" && shift 5 && WSL_DISTRO_NAME=Debian exec "$@"')
    const { out, err, code } = await run('plan.ts', ['nothing\\here.yaml'], { ROOTSMITH_CWD: 'C:\\project' })
    // The words were read by hostPath as WSL's: neither a backslash nor a drive is left.
    expect({ out, code, err: err.split('\n')[0] }).toEqual({ out: '', code: 2, err: '✖ no config nothing/here.yaml' })
  })
  test('says what to do when the only Bun is that of Windows', async () => {
    // Windows' Bun in node_modules answers win32; none is on the PATH.
    const clone = join(folder, 'clone')
    const own = join(clone, 'node_modules/.bin/bun')
    mkdirSync(dirname(own), { recursive: true })
    writeFileSync(own, '#!/bin/sh\necho win32\n', { mode: 0o755 })
    standIn(DEBIAN, `cd '${clone}' && shift 5 && HOME=/nonexistent PATH=/usr/bin:/bin exec "$@"`)
    const { err, code } = await run('plan.ts', [])
    expect(code).toBe(3)
    expect(err).toStartWith('✖ there is no Bun for Linux in this distribution\n  hint clone Rootsmith')
  })
  test('shows its help right here, where nothing is installed', async () => {
    standIn('', 'exit 9')
    const { out, code } = await run('build.ts', ['--help'])
    expect([code, out.split('\n')[0]]).toEqual([0, 'usage: just build [CONFIG] [OPTION]…'])
    expect(existsSync(join(folder, 'listed'))).toBe(false)
  })
  test('goes to the distribution asked for', async () => {
    standIn(`${DEBIAN}  Ubuntu-24.04    Running         2\r\n`, 'exit 0')
    await run('build.ts', [], { ROOTSMITH_WSL_DISTRO: 'Ubuntu-24.04' })
    expect(asked()[1]).toBe('Ubuntu-24.04')
    const { code, err } = await run('build.ts', [], { ROOTSMITH_WSL_DISTRO: 'Ubunut' })
    expect([code, err]).toEqual([2, '✖ WSL has no distribution Ubunut\n  hint there are: Debian, Ubuntu-24.04\n'])
  })
  test('waits for what runs in there when it is interrupted', async () => {
    standIn(DEBIAN, `trap '' INT; : > '${folder}/started'; sleep 1; : > '${folder}/cleaned'; exit 0`)
    const child = Bun.spawn([process.execPath, join(home, 'scripts/build.ts')], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, ROOTSMITH_HOST: 'windows' },
    })
    while (!existsSync(join(folder, 'started'))) await Bun.sleep(10)
    child.kill('SIGINT')
    expect([await child.exited, existsSync(join(folder, 'cleaned'))]).toEqual([130, true])
  })
  test('ends with 3 and a hint where WSL has nothing to build in', async () => {
    standIn('Windows Subsystem for Linux has no installed distributions.\r\n', 'exit 0')
    const none = {
      code: 3,
      out: '',
      err: '✖ WSL has no distribution to build in\n  hint in PowerShell: wsl --install -d Debian\n',
    }
    expect(await run('build.ts', [])).toEqual(none)
    expect(existsSync(join(folder, 'asked'))).toBe(false)
  })
  test('ends with 3 and a hint where there is no WSL', async () => {
    const { code, err } = await run('build.ts', [], { PATH: '/usr/bin:/bin' })
    expect([code, err]).toEqual([
      3,
      '✖ building takes Linux, and there is no WSL on this machine\n  hint in PowerShell: wsl --install -d Debian\n',
    ])
  })
})

test('elsewhere wsl.exe is not asked, although it is on the PATH', async () => {
  standIn(DEBIAN, 'exit 9')
  for (const host of ['linux', 'wsl', 'macos']) {
    expect((await run('plan.ts', ['--bogus'], { ROOTSMITH_HOST: host })).err).toStartWith(
      '✖ plan has no option --bogus',
    )
  }
  expect(existsSync(join(folder, 'listed'))).toBe(false)
})

test('a wrong ROOTSMITH_HOST is refused', async () => {
  const { code, err } = await run('plan.ts', [], { ROOTSMITH_HOST: 'window' })
  expect([code, err.split('\n')[1]]).toEqual([
    2,
    '  hint did you mean windows? one of linux, wsl, msys, macos, windows; it is for tests, leave it unset',
  ])
})
