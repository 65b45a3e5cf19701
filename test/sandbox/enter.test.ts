import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

test('kill ends what is inside, children and all, at once', async () => {
  const name = `4${process.pid}.5`
  const sandbox = await enter(['sh', '-c', `sleep ${name} & sleep ${name}; wait`])
  const running = (): boolean =>
    readdirSync('/proc').some(pid => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${name}\0`
      } catch {
        return false
      }
    })
  while (!running()) await Bun.sleep(10)
  sandbox.kill()
  await sandbox.exited
  for (let tries = 0; tries < 100 && running(); tries++) await Bun.sleep(20)
  expect(running()).toBe(false)
})
