import { expect, test } from 'bun:test'
import { faultyMirror, KINDS } from './faulty-mirror.ts'

const content = Buffer.alloc(5000, 7)

/** What happens to 200 requests for 200 files. */
async function requests(seed: number): Promise<string> {
  const mirror = await faultyMirror({ upstream: () => content, share: 0.2, seed })
  const said = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const response = await fetch(`${mirror.url}/${at}`, {
        signal: AbortSignal.timeout(1500),
        keepalive: false,
      }).catch(() => undefined)
      const body = await response?.arrayBuffer().catch(() => undefined)
      return response?.status === 200 && body?.byteLength === content.length
        ? '.'
        : response?.status === 503
          ? '5'
          : 'x'
    }),
  )
  expect(Object.keys(mirror.counts()).sort()).toEqual([...KINDS].sort())
  expect(Object.values(mirror.counts()).reduce((sum, count) => sum + count, 0)).toBe(
    said.filter(one => one !== '.').length,
  )
  mirror.close()
  return said.join('')
}

test('the faulty mirror breaks a fifth of all requests, the same ones for the same seed', async () => {
  const one = await requests(1)
  const broken = one.replaceAll('.', '').length
  expect(broken).toBeGreaterThan(20)
  expect(broken).toBeLessThan(60)
  expect(await requests(1)).toBe(one)
  expect(await requests(2)).not.toBe(one)
}, 20_000)
