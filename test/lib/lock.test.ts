import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type holder, withLock } from '../../scripts/lib/lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'rootsmith-lock-'))
const program = join(folder, 'hold.ts')
beforeAll(() => {
  // Says `waiting PID` when somebody else has the lock, `held` when it has it, and keeps it for the milliseconds given.
  writeFileSync(
    program,
    `import { withLock } from '${join(import.meta.dir, '../../scripts/lib/lock.ts')}'
     const [file, ms, mode] = process.argv.slice(2)
     await withLock(file, { mode, what: 'just build', onWait: who => console.log('waiting', who?.pid) }, async () => {
       console.log('held'); await Bun.sleep(Number(ms)) })
     console.log('released')`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const lockFile = (name: string): string => join(folder, 'deep', name)

function hold(file: string, ms: number, mode = 'exclusive') {
  const child = Bun.spawn([process.execPath, program, file, String(ms), mode], { stdout: 'pipe', stderr: 'inherit' })
  const reader = child.stdout.getReader()
  let text = ''
  const says = async (word: string): Promise<string> => {
    while (!text.includes(word)) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`it ended and said ${text}`)
      text += new TextDecoder().decode(value)
    }
    return text
  }
  return { child, says }
}

/** Processes that have the file open: the lock's keepers. */
const keepers = (file: string): string =>
  Bun.spawnSync(['sh', '-c', `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c -- "${file}" || true`])
    .stdout.toString()
    .trim()

describe('an exclusive lock', () => {
  test('is held by one at a time, and the other learns by whom', async () => {
    const file = lockFile('one')
    const first = hold(file, 600)
    await first.says('held')
    const before = performance.now()
    let who: Awaited<ReturnType<typeof holder>>
    await withLock(file, { onWait: found => (who = found) }, async () => {
      expect(performance.now() - before).toBeGreaterThan(300)
    })
    expect(who).toMatchObject({ pid: first.child.pid, what: 'just build' })
    expect(Math.abs(Date.now() - (who?.since.getTime() ?? 0))).toBeLessThan(10_000)
    expect(await first.child.exited).toBe(0)
  })
  test('is free the moment its holder is killed with SIGKILL', async () => {
    const file = lockFile('killed')
    const first = hold(file, 60_000)
    await first.says('held')
    const second = hold(file, 10)
    expect(await second.says('waiting')).toContain(`waiting ${first.child.pid}`)
    first.child.kill('SIGKILL')
    const before = performance.now()
    await second.says('held')
    expect(performance.now() - before).toBeLessThan(1000)
    await second.child.exited
    expect(keepers(file)).toBe('0')
  })
  test('is not disturbed by the death of one who waits, and nothing of the waiter stays', async () => {
    const file = lockFile('waiter')
    const first = hold(file, 60_000)
    await first.says('held')
    const second = hold(file, 10)
    await second.says('waiting')
    second.child.kill('SIGKILL')
    await Bun.sleep(2500)
    expect(keepers(file)).toBe('1')
    first.child.kill('SIGKILL')
    await first.child.exited
    await withLock(file, {}, async () => undefined)
  }, 10_000)
  test('is released when the work throws', async () => {
    const file = lockFile('throws')
    expect(withLock(file, {}, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed')
    await withLock(file, {}, async () => undefined)
  })
  test('excludes ten processes from one another', async () => {
    const file = lockFile('ten')
    const log: string[] = []
    await Promise.all(
      Array.from({ length: 10 }, () =>
        withLock(file, {}, async () => {
          log.push('in')
          await Bun.sleep(10)
          log.push('out')
        }),
      ),
    )
    expect(log.join(' ')).toBe(Array(10).fill('in out').join(' '))
  }, 15_000)
  test('one may stop waiting for it', async () => {
    const file = lockFile('abort')
    const first = hold(file, 60_000)
    await first.says('held')
    const controller = new AbortController()
    const waiting = withLock(
      file,
      { signal: controller.signal, onWait: () => controller.abort(new Error('enough')) },
      async () => undefined,
    )
    await expect(waiting).rejects.toThrow('enough')
    first.child.kill('SIGKILL')
  })
})

describe('an aborted signal', () => {
  test('means now or not at all', async () => {
    const file = lockFile('now')
    const signal = AbortSignal.abort(new Error('busy'))
    expect(await withLock(file, { signal }, async () => 'got it')).toBe('got it')
    const first = hold(file, 60_000)
    await first.says('held')
    await expect(withLock(file, { signal }, async () => undefined)).rejects.toThrow('busy')
    first.child.kill('SIGKILL')
    await first.child.exited
    expect(await withLock(file, {}, async () => 'free again')).toBe('free again')
  })
})

describe('a shared lock', () => {
  test('is held by many, and keeps an exclusive one out', async () => {
    const file = lockFile('shared')
    const one = hold(file, 800, 'shared')
    const two = hold(file, 800, 'shared')
    await Promise.all([one.says('held'), two.says('held')])
    const three = hold(file, 10)
    await three.says('waiting')
    await Promise.all([one.says('released'), two.says('released')])
    await three.says('held')
  })
})

test('a file that cannot be made is an error with a hint', async () => {
  writeFileSync(join(folder, 'plain'), '')
  await expect(withLock(join(folder, 'plain/lock'), {}, async () => undefined)).rejects.toThrow(
    /^cannot lock .*plain\/lock/,
  )
})
