/** From the config to a card that starts: `just bundle`, the .run flashes a file and seeds it, the file is booted and looked into. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { readPartitions } from '../../scripts/boot/card.ts'
import { readBootFiles } from '../../scripts/boot/firmware.ts'
import { runGuest } from '../../scripts/boot/guest.ts'
import { PI3_DTB, qemuArgs, TABLE } from '../../scripts/boot/machine.ts'
import { Project, rootsmith } from './driver.ts'

const KEYS = {
  config: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZyb20gdGhlIGNvbmZpZyBvZiB0aGUgaW1hZ2UgISEh config',
  user: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdpdmVuIHdoZW4gdGhlIGNhcmQgd2FzIHdyaXR0ZW4 at "flash" \\ time',
}
const SSID = 'Caf\u00e9 "}\n- x: {'
const PASSWORD = 'p"ss: #\\x$(id)`'

const project = new Project(
  'flashtest',
  `
target: rpi
arch: arm64
from: {debian: {suite: trixie, components: [main, non-free-firmware]}}
image: {compression: {format: zstd, level: 1}}
outputs: [image]
network: {wifi: {ssid: factory, country: GB}}
cloud_init: {user_data: user-data.yaml}
system: {hostname: factory, user: {name: pi, password_hash: '*'}}`,
)
const card = join(project.dir, 'card.img')
const runFile = (): string => {
  const found = project.metadata().artifacts.find(({ name }) => name.endsWith('.run'))
  return join(project.out, found?.name ?? 'no .run')
}
const env = { ...process.env, ROOTSMITH_FLASH_TEST: '1' } as Record<string, string>

beforeAll(async () => {
  writeFileSync(
    join(project.dir, 'user-data.yaml'),
    `#cloud-config
hostname: from-user-data
ssh_authorized_keys: [${KEYS.config}]
write_files:
  - {path: /etc/from-user-data, content: "still in force\\n"}
runcmd:
  - [touch, /var/lib/ran-from-user-data]
`,
  )
  project.step('')
  const { code, all } = await rootsmith('bundle', ['x.yaml'], { cwd: project.dir })
  expect(all).toContain('.run')
  expect(code).toBe(0)
})
afterAll(() => project.remove())

test('the .run flashes a card with a host name, a key and a wireless network of its own', async () => {
  writeFileSync(card, '')
  truncateSync(card, 2 ** 31)
  writeFileSync(join(project.dir, 'key.pub'), `${KEYS.user}\n`)
  writeFileSync(join(project.dir, 'password'), `${PASSWORD}\n`)
  const seed = [
    '--hostname',
    'kiosk-7',
    '--ssh-key',
    'key.pub',
    '--wifi-ssid',
    SSID,
    '--wifi-password-file',
    'password',
  ]
  const run = $({ cwd: project.dir, env, quiet: true, nothrow: true })
  const { exitCode, stdout, stderr } = await run`${runFile()} --device card.img --yes ${seed}`
  expect(stderr).toBe('')
  expect(stdout).toContain('holds flashtest')
  expect(exitCode).toBe(0)
  // Holes of the image are holes of the card.
  expect(statSync(card).blocks * 512).toBeLessThan(2 ** 30)
})

test('the card boots, and cloud-init has done what both its image and its seed say', async () => {
  const [boot, root] = await readPartitions(card)
  if (!boot || !root) throw new Error('the card has no partitions')
  const work = join(project.dir, 'boot')
  mkdirSync(work)
  const files = await readBootFiles(card, boot.start, work, PI3_DTB)
  const log = join(work, 'console.log')
  const outcome = await runGuest({
    command: ['qemu-system-aarch64', ...qemuArgs(TABLE.virt, files, card, log)],
    console: log,
    complaints: join(work, 'qemu.log'),
    seconds: 900,
    onLine: () => {},
  })
  if (outcome.verdict.kind === 'failed') throw new Error(readFileSync(log, 'utf8').slice(-3000))

  const device = `${card}?offset=${root.start}`
  const quiet = $({ quiet: true, nothrow: true })
  await quiet`e2fsck -p ${device}`
  const inRoot = async (path: string): Promise<string> => (await quiet`debugfs -R ${`cat ${path}`} ${device}`).stdout
  expect(await inRoot('/etc/hostname')).toBe('kiosk-7\n')
  expect(await inRoot('/etc/hosts')).toMatch(/^127\.0\.1\.1\s.*\bkiosk-7$/m)
  const keys = await inRoot('/home/pi/.ssh/authorized_keys')
  expect(keys).toContain(`${KEYS.user}\n`)
  expect(keys).toContain(`${KEYS.config}\n`)
  const wpa = '/etc/wpa_supplicant/wpa_supplicant-wlan0.conf'
  expect(await inRoot(wpa)).toContain(
    `\tssid=${Buffer.from(SSID).toString('hex')}\n\tkey_mgmt=WPA-PSK\n\tpsk="${PASSWORD}"\n`,
  )
  expect((await quiet`debugfs -R ${`stat ${wpa}`} ${device}`).stdout).toContain('Mode:  0600')
  expect(await inRoot('/etc/from-user-data')).toBe('still in force\n')
  expect((await quiet`debugfs -R ${'stat /var/lib/ran-from-user-data'} ${device}`).stdout).toContain('Type: regular')
  // What went wrong would be there: a seed that cannot be read or merged is a warning only.
  const result = JSON.parse(await inRoot('/var/lib/cloud/data/result.json')) as { v1: { errors: unknown[] } }
  expect(result.v1.errors).toEqual([])
  const status = JSON.parse(await inRoot('/var/lib/cloud/data/status.json')) as {
    v1: Record<string, { recoverable_errors?: unknown }>
  }
  for (const stage of ['init-local', 'init', 'modules-config', 'modules-final'])
    expect([stage, status.v1[stage]?.recoverable_errors]).toEqual([stage, {}])
})
