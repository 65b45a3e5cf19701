import { expect, test } from 'bun:test'
import { appendFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whileItGrows } from '../../scripts/output/growing.ts'
import type { OutputContext } from '../../scripts/output/table.ts'

test('the size of a file that grows is said until the work is over', async () => {
  const out = mkdtempSync(join(tmpdir(), 'growing-'))
  const said: (number | undefined)[] = []
  const context = { out, progress: (_: string, bytes?: number) => void said.push(bytes) } as OutputContext
  const heard = async (bytes: number): Promise<void> => {
    while (said.at(-1) !== bytes) await Bun.sleep(20)
  }
  const work = async (): Promise<string> => {
    for (const bytes of [1000, 2000]) {
      appendFileSync(join(out, 'a.xz'), 'x'.repeat(1000))
      await heard(bytes)
    }
    return 'done'
  }
  expect(await whileItGrows(context, 'compressing', 'a.xz', work())).toBe('done')
  const times = said.length
  await Bun.sleep(700)
  expect(said.length).toBe(times)
  await expect(whileItGrows(context, 'compressing', 'a.xz', Promise.reject(new Error('full')))).rejects.toThrow('full')
})
