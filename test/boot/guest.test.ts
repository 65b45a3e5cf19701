import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGuest } from '../../scripts/boot/guest.ts'

const log = (): string => join(mkdtempSync(join(tmpdir(), 'guest-')), 'boot.log')
/** A shell in place of QEMU: what is tested is what becomes of a process that writes lines to its console. */
const guest = (script: string, seconds = 20, console = log()) =>
  runGuest({
    command: ['sh', '-c', `exec >>${console}; ${script}`],
    console,
    complaints: `${console}.err`,
    seconds,
    onLine: () => undefined,
  })

test('a guest that says done and ends has booted, cleanly', async () => {
  const file = log()
  const outcome = await guest("printf '[first-boot] grow: ok\\r\\n[first-boot] done: running\\r\\n'", 20, file)
  expect(outcome).toMatchObject({ verdict: { kind: 'done', text: 'running' }, clean: true })
  expect(readFileSync(file, 'utf8')).toContain('[first-boot] done')
})

test('a guest that ends without a marker has not booted, and QEMU’s complaint is the hint', async () => {
  const outcome = await guest('echo starting; echo "no such machine" >&2; exit 1')
  expect(outcome.verdict).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/QEMU ended .*status 1/),
    hint: 'no such machine',
  })
  expect(outcome.last).toEqual(['starting'])
})

test('a guest that says nothing is stopped when its time is over', async () => {
  const outcome = await guest('echo slow; exec sleep 60', 1)
  expect(outcome.verdict).toMatchObject({ kind: 'failed', reason: expect.stringContaining('within 1 s') })
  expect(outcome.clean).toBe(false)
  expect(outcome.seconds).toBeLessThan(10)
})

test('a panic ends the wait, and the lines after it are kept', async () => {
  const outcome = await guest('echo "Kernel panic - not syncing: no init"; echo "Call trace:"; exec sleep 60', 60)
  expect(outcome.verdict).toMatchObject({ kind: 'failed', reason: expect.stringContaining('panicked') })
  expect(outcome.last).toContain('Call trace:')
  expect(outcome.seconds).toBeLessThan(15)
})

test('a prompt of the initrd, a line that never ends, ends the wait', async () => {
  const outcome = await guest("printf '(initramfs) '; exec sleep 60", 60)
  expect(outcome.verdict.kind).toBe('failed')
  expect(outcome.seconds).toBeLessThan(15)
})

test('a long trace does not push out what led to it', async () => {
  const outcome = await guest(
    'seq 100; echo before; echo "Kernel panic - not syncing: no init"; seq 100; exec sleep 60',
  )
  expect(outcome.last).toContain('before')
  expect(outcome.last.slice(-8)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
})

test('only the last 20 lines are kept for the error', async () => {
  const outcome = await guest('seq 100; exit 3')
  expect(outcome.last).toHaveLength(20)
  expect(outcome.last.at(-1)).toBe('100')
})

test('a character that arrives in two pieces is read as one', async () => {
  const outcome = await guest("printf 'a \\342\\200'; sleep 0.5; printf '\\246 b\\n'; exit 3")
  expect(outcome.last).toEqual(['a … b'])
})
