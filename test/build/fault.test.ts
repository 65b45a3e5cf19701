/** Builds that fail, are interrupted or are killed: nothing is left, and the next one finishes. */
import { afterAll, afterEach, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/plan/world.ts'
import { Project, rootsmith, seen, TEST_CACHE } from './driver.ts'

const project = new Project('faulttest')
afterAll(() => project.remove())

/** Processes whose command line or root names the test cache. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const root = readlinkSync(`/proc/${pid}/root`)
        return line.includes(TEST_CACHE) || root.includes(TEST_CACHE) ? [`${pid} ${line} (root ${root})`] : []
      } catch {
        return []
      }
    })
}

/** The kernel ends what was inside a moment after the driver: nothing else has to run for it. */
async function nothingLeft(): Promise<void> {
  for (let tries = 0; tries < 100 && processes().length > 0; tries++) await Bun.sleep(50)
  expect(processes()).toEqual([])
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(TEST_CACHE)
  expect(Bun.spawnSync(['losetup', '-a']).stdout.toString()).toBe('')
  const out = existsSync(project.out) ? readdirSync(project.out) : []
  expect(out.filter(name => name.startsWith('.') || name.endsWith('.part'))).toEqual([])
}

afterEach(nothingLeft)

test('a failing step ends with 1 and shows the step, its file, the command, the log and the way to a shell', async () => {
  project.step('await chroot`echo before; ls /no/such/file`')
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('45-own: Do something failed')
  expect(stderr).toContain('stages/45-own/10-do-something.ts')
  expect(stderr).toContain('echo before; ls /no/such/file (exit status 2)')
  expect(stderr).toContain("ls: cannot access '/no/such/file'")
  expect(stderr).toContain('out/faulttest/build-failed.log')
  expect(stderr).toContain('just shell x.yaml 45-own')
  expect(readFileSync(join(project.out, 'build-failed.log'), 'utf8')).toContain('before')
})

test('what a step says itself is shown with its hint and without a stack', async () => {
  project.step(
    'throw new UserError("the moon is not full", { hint: "wait a week" })',
    `import { UserError } from '${ROOT}/scripts/lib/errors.ts'`,
  )
  const { code, stderr } = await project.build()
  expect(code).toBe(1)
  expect(stderr).toContain('the moon is not full')
  expect(stderr).toContain('hint wait a week')
  expect(stderr).not.toContain('    at ')
})

test('Ctrl-C ends with 130 within seconds, and the next build finishes', async () => {
  project.step('await chroot`sleep 100`')
  const build = project.start()
  await seen(build, '45-own: Do something')
  const begun = performance.now()
  build.child.kill('SIGINT')
  const { code, stderr } = await build.ended
  expect(code).toBe(130)
  expect(stderr).toContain('interrupted')
  expect(performance.now() - begun).toBeLessThan(6000)
  await nothingLeft()
  project.step('await chroot`sleep 0.1`')
  expect((await project.build()).code).toBe(0)
  expect(project.statuses()['10-system']).toBe('reused')
})

const MOMENTS: [string, string, string][] = [
  ['in a stage', 'await chroot`sleep 100`', '45-own: Do something'],
  ['in the middle of apt', 'await chroot`apt-get install --yes hello locales python3`', 'Unpacking '],
  [
    'while a result is written',
    'await chroot`head -c 300000000 /dev/urandom > /var/big`',
    'packing the root file system',
  ],
]

for (const [moment, body, sign] of MOMENTS) {
  test(`after kill -9 ${moment} nothing is left, and the next build finishes`, async () => {
    // With a time in it, or a layer of an earlier run of this test would be reused.
    project.step(`${body} // ${Date.now()}\n`)
    const build = project.start(['--verbose'])
    await seen(build, sign)
    await Bun.sleep(300)
    build.child.kill('SIGKILL')
    expect((await build.ended).code).toBe(137)
    await nothingLeft()
    project.step('await chroot`rm -f /var/big`')
    expect((await project.build()).code).toBe(0)
    expect(readdirSync(join(TEST_CACHE, 'work'))).toEqual([])
  })
}

test('with no strategy that can work it ends with 3 and a reason for each', async () => {
  const { code, stderr } = await project.build([], { env: { PATH: '/nowhere' } })
  expect(code).toBe(3)
  expect(stderr).toContain('no way to build on this machine')
  for (const name of ['native', 'official', 'debian']) expect(stderr).toMatch(new RegExp(`${name}: \\S+`))
  expect(stderr).toContain('mmdebstrap')
})

test('a bad config ends with 2 before anything is built', async () => {
  project.config('system: {hostnam: x}')
  const { code, stderr } = await project.build()
  expect(code).toBe(2)
  expect(stderr).toContain('x.yaml:')
  expect(stderr).toContain('did you mean `hostname`')
})

test('an unknown word ends with 2 and says what would be right', async () => {
  const { code, stderr } = await rootsmith('build', ['--frsh'])
  expect(code).toBe(2)
  expect(stderr).toContain('did you mean --fresh?')
})
