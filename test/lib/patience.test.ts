import { describe, expect, test } from 'bun:test'
import { runApt } from '../../scripts/lib/apt-run.ts'
import { $ } from '../../scripts/lib/bash.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { DownloadError, patiently } from '../../scripts/lib/patience.ts'

const failure = (fruitful: boolean) => new DownloadError('it broke', { hint: '', fruitful, output: '' })
const QUICK = { attempts: 4, fruitlessMs: 150, delayMs: 10 }

/** Work that fails with these, one after the other, and then is done. */
function work(...errors: Error[]) {
  let attempts = 0
  const said: string[] = []
  const done = patiently(
    async () => {
      attempts++
      const error = errors.shift()
      if (error) throw error
      return 'done'
    },
    message => said.push(message),
    QUICK,
  )
  return { done, said, attempts: () => attempts }
}

describe('patience', () => {
  test('tries again and says so in a line', async () => {
    const { done, said } = work(failure(true), failure(false))
    expect(await done).toBe('done')
    expect(said).toEqual([
      'it broke; trying again in 0 s (attempt 2 of 4)',
      'it broke; trying again in 0 s (attempt 3 of 4)',
    ])
  })
  test('sees a failure of downloads below the error of a step', async () => {
    const step = new UserError('the step failed')
    step.cause = failure(true)
    expect(await work(step).done).toBe('done')
  })
  test('is not for what stays broken', async () => {
    const { done, attempts } = work(new UserError('unmet dependencies'))
    await expect(done).rejects.toThrow('unmet')
    expect(attempts()).toBe(1)
  })
  test('ends after so many attempts', async () => {
    const { done, attempts } = work(...Array.from({ length: 9 }, () => failure(true)))
    await expect(done).rejects.toThrow('it broke')
    expect(attempts()).toBe(4)
  })
  test('ends sooner when nothing ever comes', async () => {
    let attempts = 0
    const nothing = patiently(
      async () => {
        attempts++
        await Bun.sleep(100)
        throw failure(false)
      },
      () => undefined,
      { ...QUICK, attempts: 99 },
    )
    await expect(nothing).rejects.toThrow('it broke')
    expect(attempts).toBeLessThan(4)
  })
})

describe('a run of apt', () => {
  const run = $({ quiet: true })
  test('that met a broken mirror is a failure of downloads, with its name and what it said', async () => {
    const line = 'E: Failed to fetch http://a.test/debian/pool/x.deb  503  busy'
    const error = await runApt(run`echo ${line} >&2; exit 100`).catch(error => error)
    expect(error).toBeInstanceOf(DownloadError)
    expect(error.message).toBe('cannot download packages: http://a.test/debian: 503  busy')
    expect(error.fruitful).toBe(false)
  })
  test('that failed otherwise is thrown as it is', async () => {
    const error = await runApt(run`echo 'E: Unable to locate package x'; exit 100`).catch(error => error)
    expect(error).not.toBeInstanceOf(DownloadError)
    expect(error.exitCode).toBe(100)
  })
  test('that waits for nothing is ended, and may be tried again', async () => {
    const begun = performance.now()
    const method = 'exec -a /usr/lib/apt/methods/http sleep 30 > /dev/null 2>&1'
    const stuck = run`exec -a apt-get bash -c ${`(${method}) & wait`}`
    const error = await runApt(stuck, undefined, 1500).catch(error => error)
    expect(error.message).toBe('cannot download packages: apt waited for 1.5 s for nothing')
    expect(error.fruitful).toBe(true)
    expect(performance.now() - begun).toBeLessThan(10_000)
  }, 20_000)
  test('that went well is none, whatever it said on the way', async () => {
    expect((await runApt(run`echo 'W: Failed to fetch http://a.test/x/dists/y  503'`)).exitCode).toBe(0)
  })
})
