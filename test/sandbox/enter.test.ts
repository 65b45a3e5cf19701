import { describe, expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enter } from '../../scripts/sandbox/enter.ts'

async function said(argv: string[]): Promise<{ text: string; status: number }> {
  const sandbox = await enter(argv)
  let text = ''
  sandbox.child.stdout?.on('data', data => {
    text += data
  })
  return { status: await sandbox.exited, text }
}

test('inside we are root, and process 1', async () => {
  expect(await said(['sh', '-c', 'id -u; echo $$'])).toEqual({ text: '0\n1\n', status: 0 })
})

test('files of other ids can be made, down to nobody', async () => {
  const { text } = await said([
    'sh',
    '-c',
    `cd ${tmpdir()} && f=$(mktemp) && chown 65534:65534 $f && stat -c %u:%g $f && rm $f`,
  ])
  expect(text).toBe('65534:65534\n')
})

test('namespaces are its own', async () => {
  for (const kind of ['user', 'mnt', 'pid', 'ipc', 'uts']) {
    const { text } = await said(['readlink', `/proc/self/ns/${kind}`])
    // /proc is still the outer one: `self` there is who asks.
    if (kind !== 'pid') expect(text.trim()).not.toBe(readlinkSync(`/proc/self/ns/${kind}`))
  }
})

test('what is mounted inside is not seen outside', async () => {
  const { status } = await said(['sh', '-c', 'mount -t tmpfs rootsmith-test /mnt'])
  expect(status).toBe(0)
  expect(await Bun.file('/proc/self/mounts').text()).not.toContain('rootsmith-test')
})

test('the exit status is handed on', async () => {
  expect((await said(['sh', '-c', 'exit 42'])).status).toBe(42)
})

const running = (name: string): boolean =>
  readdirSync('/proc').some(pid => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${name}\0`
    } catch {
      return false
    }
  })

test('kill ends what is inside, children and all, at once', async () => {
  const name = `4${process.pid}.5`
  const sandbox = await enter(['sh', '-c', `sleep ${name} & sleep ${name}; wait`])
  while (!running(name)) await Bun.sleep(10)
  sandbox.kill()
  await sandbox.exited
  for (let tries = 0; tries < 100 && running(name); tries++) await Bun.sleep(20)
  expect(running(name)).toBe(false)
})

// In a chroot the kernel refuses user namespaces to everybody: user_namespaces(7). Nobody else on the machine notices.
describe.skipIf(process.getuid?.() !== 0)('where user namespaces are refused', () => {
  const inChroot = 'mount --rbind / "$0" && exec chroot "$0" "$@"'
  const driver = (...argv: string[]): string =>
    `import { enter } from ${JSON.stringify(require.resolve('../../scripts/sandbox/enter.ts'))}
    const { child, exited } = await enter(${JSON.stringify(argv)})
    child.stdout.pipe(process.stdout)
    process.exitCode = await exited`
  const place = (): string => mkdtempSync(join(tmpdir(), 'rootsmith-chroot-'))
  const args = (root: string, script: string): string[] => [
    ...['--mount', '--propagation', 'private', 'sh', '-c', inChroot, root, process.execPath, '-e', script],
  ]

  test('root does without: the other namespaces are its own, and it is process 1', () => {
    const root = place()
    const kinds = ['user', 'mnt', 'pid', 'ipc', 'uts']
    const own = driver('sh', '-c', `echo $$; for kind in ${kinds.join(' ')}; do readlink /proc/self/ns/$kind; done`)
    const { stdout, status } = spawnSync('unshare', args(root, own), { encoding: 'utf8' })
    rmdirSync(root)
    const [pid, ...inside] = stdout.trim().split('\n')
    expect([pid, status]).toEqual(['1', 0])
    expect(kinds.filter((kind, at) => inside[at] === readlinkSync(`/proc/self/ns/${kind}`))).toEqual(['user'])
  })

  test('it can make no device and load no module, as in a user namespace', () => {
    const root = place()
    const { stdout } = spawnSync('unshare', args(root, driver('grep', '^CapEff', '/proc/self/status')), {
      encoding: 'utf8',
    })
    rmdirSync(root)
    const has = (bit: number): boolean => ((BigInt(`0x${stdout.split(/\s+/)[1]}`) >> BigInt(bit)) & 1n) === 1n
    // capability.h: SYS_MODULE 16, SYS_RAWIO 17, SYS_BOOT 22, SYS_TIME 25, MKNOD 27; CHOWN 0 and SYS_ADMIN 21 are needed.
    expect([16, 17, 22, 25, 27, 0, 21].filter(has)).toEqual([0, 21])
  })

  test('what is inside dies with the driver all the same', async () => {
    const root = place()
    const name = `5${process.pid}.5`
    const child = spawn('unshare', args(root, driver('sh', '-c', `sleep ${name} & wait`)), { stdio: 'ignore' })
    const ended = new Promise(resolve => child.once('exit', resolve))
    while (!running(name)) await Bun.sleep(10)
    child.kill('SIGKILL')
    await ended
    for (let tries = 0; tries < 100 && running(name); tries++) await Bun.sleep(20)
    rmdirSync(root)
    expect(running(name)).toBe(false)
  })
})
