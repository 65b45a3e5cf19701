import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { ensureHandler } from '../../scripts/sandbox/handler.ts'

const cache = mkdtempSync(join(tmpdir(), 'rootsmith-handler-'))
afterAll(() => rmSync(cache, { recursive: true }))
let handler = ''
beforeAll(async () => {
  handler = (await ensureHandler(cache)) ?? ''
})

test('it is one static file: nothing of the build machine is needed beside it in a rootfs', async () => {
  const said = await $({ quiet: true, nothrow: true })`ldd ${handler}`
  expect(said.stdout + said.stderr).toContain('not a dynamic executable')
})

test('it is compiled once', async () => {
  const before = Bun.file(handler).lastModified
  expect(await ensureHandler(cache)).toBe(handler)
  expect(Bun.file(handler).lastModified).toBe(before)
})

test('one that was truncated or removed is compiled again', async () => {
  const whole = readFileSync(handler)
  truncateSync(handler, 5000)
  expect(await ensureHandler(cache)).toBe(handler)
  expect(readFileSync(handler).equals(whole)).toBe(true)
  rmSync(handler)
  expect(await ensureHandler(cache)).toBe(handler)
  expect(readFileSync(handler).equals(whole)).toBe(true)
})

test('without the words of the kernel it ends with 127', async () => {
  expect((await $({ quiet: true, nothrow: true })`${handler}`).exitCode).toBe(127)
})
