import { expect, test } from 'bun:test'
import { runAlong } from '../../scripts/lib/along.ts'

test('every line is shown, and the last ones are kept for an error', async () => {
  const seen: string[] = []
  const script = 'for i in $(seq 30); do echo $i; done; sleep 0.1; echo no >&2; exit 3'
  const { status, stderr, last } = await runAlong(['sh', '-c', script], line => seen.push(line))
  expect(status).toBe(3)
  expect(seen).toHaveLength(31)
  expect(last).toEqual(seen.slice(-20))
  expect(last.at(-1)).toBe('no')
  expect(stderr.trim()).toBe('no')
})

test('one that falls silent is ended, and that is said', async () => {
  const started = performance.now()
  const { status, stderr, timedOut } = await runAlong(['sh', '-c', 'echo hello; exec sleep 60'], () => {}, {
    silentMs: 300,
  })
  expect(timedOut).toBe(true)
  expect(status).not.toBe(0)
  expect(stderr).toContain('it said nothing for 0.3 s')
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('one that keeps talking is not', async () => {
  const script = 'for i in 1 2 3 4 5; do echo $i; sleep 0.15; done'
  expect((await runAlong(['sh', '-c', script], () => {}, { silentMs: 500 })).status).toBe(0)
})
