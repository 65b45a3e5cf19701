import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const lib = join(import.meta.dir, '../../scripts/lib')
const folder = mkdtempSync(join(tmpdir(), 'rootsmith-main-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A verb of its own, run as a process: exit codes and streams are what is promised. */
function verb(body: string): string {
  const file = join(folder, `${Bun.hash(body)}.ts`)
  const errors = 'ConfigError, Interrupted, NoStrategyError, StepError, UsageError, UserError'
  writeFileSync(
    file,
    `import { main, onInterrupt, beforeEnd } from '${lib}/main.ts'
     import { parse, OPTIONS } from '${lib}/args.ts'
     import { ${errors} } from '${lib}/errors.ts'
     await main(async () => { ${body} })`,
  )
  return file
}

type Ended = { code: number; out: string; err: string }

async function run(body: string, args: string[] = []): Promise<Ended> {
  const child = Bun.spawn([process.execPath, verb(body), ...args], {
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, NO_COLOR: '1' },
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, out, err }
}

describe('exit code and message', () => {
  test('0 when the verb is done, or the code that it returns', async () => {
    expect(await run('')).toEqual({ code: 0, out: '', err: '' })
    expect((await run('return 3')).code).toBe(3)
  })
  test('1 and a hint, without a stack, for a user error', async () => {
    const { code, err, out } = await run(
      `throw new UserError('it broke', { hint: 'mend it', where: { file: 'config/rpi.yaml', line: 12 } })`,
    )
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: '✖ config/rpi.yaml:12: it broke\n  hint mend it\n' })
  })
  test('1 and a hint for what the machine refuses, such as a full disk', async () => {
    const { code, err } = await run(`(await import('node:fs')).writeFileSync('/dev/full', 'x')`)
    expect({ code, err: err.split('\n')[0] }).toEqual({ code: 1, err: '✖ no space left (write)' })
    expect(err).toContain('hint make room')
  })
  test('2 for bad words', async () => {
    expect(await run(`throw new UsageError('no such thing')`)).toEqual({ code: 2, out: '', err: '✖ no such thing\n' })
  })
  test('2 and every problem of a config at once', async () => {
    const { code, err } = await run(`throw new ConfigError([
      { where: { file: 'a.yaml', line: 1 }, key: 'name', message: 'is missing' },
      { where: { file: 'a.yaml', line: 3 }, key: 'arch', message: 'cannot be arm', hint: 'did you mean arm64?' }])`)
    expect(code).toBe(2)
    expect(err).toBe(
      '✖ a.yaml:1: name: is missing\n✖ a.yaml:3: arch: cannot be arm\n  hint did you mean arm64?\n\n2 problems in the configuration; nothing was built.\n',
    )
  })
  test('3 and a reason for each strategy when there is no way to build', async () => {
    const { code, err } = await run(`throw new NoStrategyError([
      { strategy: 'native', reason: 'no newuidmap', hint: 'just setup' }, { strategy: 'official', reason: 'no engine' }])`)
    expect(code).toBe(3)
    expect(err).toContain('  native: no newuidmap\n    hint just setup\n  official: no engine\n')
  })
  test('1 and a stack for a bug, with its cause', async () => {
    const { code, err } = await run(`throw new TypeError('oops', { cause: new Error('below') })`)
    expect(code).toBe(1)
    expect(err).toStartWith('✖ this is a bug in Rootsmith\n  TypeError: oops\n')
    expect(err).toMatch(/ {2}at .*\.ts:\d+/)
    expect(err).toContain('caused by\n  Error: below')
  })
  test('1 for a promise that nobody waits for', async () => {
    const { code, err } = await run(`void Promise.reject(new Error('lost')); await Bun.sleep(2000)`)
    expect(code).toBe(1)
    expect(err).toContain('lost')
  })
  test('0 and the text on stdout for --help', async () => {
    const { code, out, err } = await run(`parse({ name: 'x', about: 'A.', options: {}, example: 'just x' })`, [
      '--help',
    ])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toStartWith('usage: just x')
  })
})

describe('a failed step', () => {
  const log = join(folder, 'build.log')
  writeFileSync(
    log,
    `${Array.from({ length: 40 }, (_, at) => `line ${at + 1}`).join('\n')}\n\u001b[31mE: no\u001b[0m\rE: really no\n::progress::type=failed,stage=x\n`,
  )
  const step = `new StepError({ stage: '10-system', title: 'Generate the locale', file: 'stages/10-system/10-locale.ts',
    message: 'locale-gen ended with status 1', command: 'locale-gen', status: 'exit 1', hint: 'look closer' }, { file: '${log}', config: 'config/rpi.yaml' })`
  test('shows the step, its script, the command, the log and its last 20 lines, and the way to a shell', async () => {
    const { code, err } = await run(`throw ${step}`)
    expect(code).toBe(1)
    expect(err).toContain('✖ 10-system: Generate the locale failed\n  locale-gen ended with status 1\n')
    expect(err).toContain('script   stages/10-system/10-locale.ts\n')
    expect(err).toContain('command  locale-gen (exit 1)\n')
    expect(err).toContain(`log      ${log}\n`)
    expect(err).toContain('shell    just shell config/rpi.yaml 10-system\n')
    expect(err).toContain('  │ line 22\n')
    expect(err).not.toContain('  │ line 21\n')
    expect(err).toContain('  │ E: really no\n\n  hint look closer\n')
  })
  test('is one JSON line on stdout with --json', async () => {
    const { code, out, err } = await run(`throw ${step}`, ['--json'])
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(JSON.parse(out)).toMatchObject({
      type: 'error',
      kind: 'StepError',
      exit: 1,
      step: { stage: '10-system' },
      log,
    })
  })
})

describe('Ctrl-C', () => {
  const start = (body: string) =>
    Bun.spawn([process.execPath, verb(body)], {
      stdout: 'pipe',
      stderr: 'pipe',
      env: { ...process.env, NO_COLOR: '1' },
    })
  /** Reads until the verb says that it is ready; the rest of its output is what `rest` returns. */
  const ready = async (child: ReturnType<typeof start>): Promise<() => Promise<string>> => {
    const reader = child.stdout.getReader()
    const decoder = new TextDecoder()
    let text = ''
    while (!text.includes('ready\n')) text += decoder.decode((await reader.read()).value)
    return async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += decoder.decode(part.value)
      return text.replace('ready\n', '')
    }
  }
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s runs the hooks once, the newest first, and ends with 130',
    async signal => {
      const child =
        start(`onInterrupt(() => console.log('first')); onInterrupt(async () => { await Bun.sleep(50); console.log('second') })
      onInterrupt(() => { throw new Error('ignored') }); console.log('ready'); await Bun.sleep(20000)`)
      const rest = await ready(child)
      child.kill(signal)
      expect(await rest()).toBe('second\nfirst\n')
      expect(await child.exited).toBe(130)
      expect(await new Response(child.stderr).text()).toBe('✖ interrupted\n')
    },
  )
  test('what fails because of it is not reported', async () => {
    const child = start(`let no; onInterrupt(async () => { no(new Error('killed')); await Bun.sleep(100) })
      console.log('ready'); await new Promise((_, reject) => { no = reject })`)
    await ready(child)
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
    expect(await new Response(child.stderr).text()).toBe('✖ interrupted\n')
  })
  test('a second one ends at once', async () => {
    const child = start(`onInterrupt(() => Bun.sleep(20000)); console.log('ready'); await Bun.sleep(20000)`)
    await ready(child)
    child.kill('SIGINT')
    await Bun.sleep(400)
    const before = performance.now()
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

describe('streams', () => {
  test('a reader that has had enough is no reason to stop', async () => {
    const marker = join(folder, 'went-on')
    const file = verb(
      `for (let at = 0; at < 50; at++) { console.log('line', at); await Bun.sleep(5) } await Bun.write('${marker}', 'yes')`,
    )
    const child = Bun.spawn(['bash', '-c', `"${process.execPath}" "${file}" | head -1; exit "\${PIPESTATUS[0]}"`], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    expect(await child.exited).toBe(0)
    expect(await new Response(child.stderr).text()).toBe('')
    expect(await Bun.file(marker).text()).toBe('yes')
  })
  test('long output reaches the pipe whole', async () => {
    const { out } = await run(`process.stdout.write('x'.repeat(1_000_000))`)
    expect(out.length).toBe(1_000_000)
  })
  test('hooks before the end run before the message is printed', async () => {
    const { err } = await run(`beforeEnd(() => process.stderr.write('screen is gone\\n')); throw new UserError('bad')`)
    expect(err).toBe('screen is gone\n✖ bad\n')
  })
})
