/** What our side of pulling does: the engine here only writes down when it was asked. */
import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../scripts/container/engine.ts'
import { pull } from '../../scripts/container/pull.ts'

const folder = mkdtempSync(join(tmpdir(), 'rootsmith-pull-'))
const log = join(folder, 'log')
writeFileSync(
  join(folder, 'engine'),
  `#!/bin/sh\necho "+ $2" >> ${log}; sleep 0.3; echo "- $2" >> ${log}\n[ "$2" != bad ] || { echo 'manifest unknown' >&2; exit 1; }\n`,
  { mode: 0o755 },
)
const engine = { program: join(folder, 'engine'), kind: 'docker' } as Engine
const lines = (): string[] => readFileSync(log, 'utf8').trim().split('\n')

test('images are pulled side by side, three at a time, and the same one only once', async () => {
  writeFileSync(log, '')
  await Promise.all(['a', 'b', 'a', 'c', 'd', 'e', 'a'].map(image => pull(engine, image)))
  expect(
    lines()
      .filter(line => line.startsWith('+'))
      .sort(),
  ).toEqual(['+ a', '+ b', '+ c', '+ d', '+ e'])
  let now = 0
  const most = Math.max(...lines().map(line => (now += line.startsWith('+') ? 1 : -1)))
  expect(most).toBe(3)
})

test('one that failed may be tried again, and hinders no other', async () => {
  const asked = ['bad', 'f', 'g', 'h'].map(image =>
    pull(engine, image).then(
      () => 'ok',
      error => error.message,
    ),
  )
  expect(await Promise.all(asked)).toEqual(["bad can't be pulled: manifest unknown", 'ok', 'ok', 'ok'])
  expect(pull(engine, 'bad')).rejects.toThrow('manifest unknown')
})
