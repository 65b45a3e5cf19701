import { expect, test } from 'bun:test'
import { $ } from '../../scripts/lib/bash.ts'
import { within } from '../../scripts/lib/within.ts'

const run = $({ quiet: true, nothrow: true })

test('a program that hangs is ended, and what it said is kept', async () => {
  const output = await within(0.3, run`exec sh -c ${'echo hello; exec sleep 60'}`)
  expect(output.stdout).toBe('hello\n')
  expect(output.signal).toBe('SIGKILL')
})

test('one that does not is left alone', async () => {
  expect((await within(20, run`exec true`)).exitCode).toBe(0)
  expect((await within(20, run`exec false`)).exitCode).toBe(1)
})
