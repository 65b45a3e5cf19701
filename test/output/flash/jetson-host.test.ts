/** What a machine lacks is found before anything is written: nothing is unpacked, no tool is called. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ORIN } from '../../jetson/host.ts'
import { type How, JetsonBench } from './jetson-bench.ts'

let b: JetsonBench
beforeAll(async () => {
  b = await JetsonBench.make({ storage: 'nvme', board: 'jetson-orin-nano-devkit' })
})
afterEach(() => b.clean())
afterAll(() => b.close())

const second = { port: '1-4', product: '7523' }
const words = (...more: string[]): string[] => ['--yes', ...more]

/** The problem, how the machine has it, and what is said of it: what is wrong, and what helps. */
const problems: [string, How, RegExp, RegExp][] = [
  ['no device', { host: { devices: [] } }, /no Jetson in recovery mode is on USB\n/, /hold the force recovery button/],
  [
    'a device that runs Linux',
    { host: { devices: [{ port: '1-3', product: '7020' }] } },
    /on USB; 1-3 is a Jetson that runs Linux/,
    /force recovery/,
  ],
  [
    'a device that a run left',
    { host: { devices: [{ port: '1-3', product: '7035' }] } },
    /1-3 is a Jetson in the midst of flashing/,
    /force recovery/,
  ],
  [
    'two devices',
    { host: { devices: [ORIN, second] } },
    /2 Jetsons are in recovery mode, and one is flashed/,
    /--massflash N/,
  ],
  [
    'more devices than --massflash takes',
    {
      host: { devices: [ORIN, second, { ...second, port: '2-1' }] },
      env: { BOARDID: '3767' },
      words: words('--massflash', '2'),
    },
    /3 Jetsons are in recovery mode, and --massflash takes 2/,
    /--massflash 3/,
  ],
  [
    'several devices where one must say what it is',
    { host: { devices: [ORIN, second] }, words: words('--massflash', '2') },
    /the images are made with one/,
    /BOARDID/,
  ],
  ['another architecture', { host: { machine: 'aarch64' } }, /programs for x86_64, and this is aarch64/, /use a PC/],
  [
    'a board that the BSP lacks',
    { words: words('--board', 'jetson-nano') },
    /the BSP has no board jetson-nano/,
    /--list-boards/,
  ],
  [
    'programs that are missing',
    { host: { lacking: ['sshpass', 'xmlstarlet', 'dtc'] } },
    /programs are missing: .*sshpass.*\n/,
    /apt-get install .*device-tree-compiler.*xmlstarlet/,
  ],
  ['a Python without YAML', { host: { programs: { python3: 'exit 1' } } }, /python3\(yaml\)/, /python3-yaml/],
  ['no NFS server', { host: { lacking: ['exportfs'] } }, /there is no NFS server/, /install nfs-kernel-server/],
  [
    'an NFS server that is masked',
    { host: { programs: { systemctl: 'echo masked; exit 1' } } },
    /the NFS server is masked/,
    /systemctl unmask/,
  ],
  ['a kernel without NFS server', { host: { filesystems: '\text4\n' } }, /the kernel has no NFS server/, /CONFIG_NFSD/],
  ['IPv6 disabled', { host: { disableIpv6: '1' } }, /IPv6 is disabled/, /disable_ipv6=0/],
  ['a kernel without IPv6', { host: { disableIpv6: null } }, /IPv6 is disabled/, /ipv6\.disable=1/],
  [
    'a firewall',
    { host: { programs: { ufw: 'echo "Status: active"; echo "22/tcp ALLOW Anywhere"' } } },
    /the firewall \(ufw\) lets no NFS through/,
    /ufw allow nfs/,
  ],
  ['ZFS', { host: { mount: ['zfs', 'rw,xattr'] } }, /is on ZFS/, /ext4 or XFS with --work/],
  ['a FUSE file system', { host: { mount: ['fuseblk', 'rw'] } }, /is on fuseblk, which does not keep owners/, /--work/],
  ["a container's overlay", { host: { mount: ['overlay', 'rw'] } }, /is on overlay, which NFS cannot export/, /--work/],
  [
    'noexec and nodev',
    { host: { mount: ['ext4', 'rw,nodev,noexec,relatime'] } },
    /is mounted nodev noexec\n/,
    /another folder with --work/,
  ],
]

test.each(problems)('%s', (_, how, what, remedy) => {
  const { status, text, calls } = b.flash(how)
  expect(text).toMatch(what)
  expect(text).toMatch(remedy)
  expect(text).toContain('1 to mend; nothing was written')
  expect([status, calls, b.left()]).toEqual([3, [], []])
})

test('a folder whose name has blanks', () => {
  const blank = join(b.work, 'my work')
  mkdirSync(blank, { recursive: true })
  const { status, text, calls } = b.flash({ words: words('--work', blank) })
  expect(text).toMatch(/the name of the work folder has blanks/)
  expect([status, calls]).toEqual([3, []])
})

test('too little space', () => {
  const df = 'echo Filesystem; echo "/dev/sda1 100 10 1000 1% /"'
  const { status, text, calls } = b.flash({ host: { programs: { df } } })
  expect(text).toMatch(/has 1 MiB free, and 1\.0 GiB are needed/)
  expect([status, calls, b.left()]).toEqual([3, [], []])
})

test('an ordinary user', () => {
  const { argv, env } = b.command({ words: ['--yes'] })
  Bun.spawnSync(['chmod', '-R', 'a+rX', b.top, join(b.top, '..')])
  const done = Bun.spawnSync(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...argv], {
    env,
    stdin: 'ignore',
  })
  expect(done.stderr.toString()).toMatch(/this is not run as root\n {2}run it with sudo/)
  expect([done.exitCode, b.calls(), b.left()]).toEqual([3, [], []])
})

test('all problems are said in one go', () => {
  const host = {
    devices: [],
    machine: 'aarch64',
    disableIpv6: '1',
    lacking: ['exportfs', 'sshpass'],
    mount: ['zfs', 'rw,noexec'] as [string, string],
  }
  const { status, text } = b.flash({ host })
  expect(text).toContain('7 to mend; nothing was written')
  expect(status).toBe(3)
})

test('what only the network needs is not asked of flash.sh, nor where images are only made', () => {
  const host = { lacking: ['exportfs', 'sshpass'], disableIpv6: '1' }
  expect(b.flash({ host, words: words('--board', 'jetson-agx-orin-devkit', '--storage', 'internal') }).status).toBe(0)
  expect(b.flash({ host: { ...host, devices: [] }, env: { BOARDID: '3767' }, words: words('--no-flash') }).status).toBe(
    0,
  )
})

test('nor of releases that flash without the network', async () => {
  const other = await JetsonBench.make({ storage: 'nvme', board: 'jetson-orin-nano-devkit' }, 39)
  const { text, status } = other.flash({ host: { lacking: ['exportfs', 'sshpass'], disableIpv6: '1' } })
  expect(text).not.toContain('✖')
  expect(status).toBe(0)
  await other.close()
})

test('a device that the board is not for is warned of, and no more', () => {
  const wrong = b.flash({ host: { devices: [{ port: '1-3', product: '7023' }] } })
  expect(wrong.text).toContain('! 1-3 is AGX Orin, and jetson-orin-nano-devkit is for another module')
  expect(wrong.status).toBe(0)
  const right = b.flash({ host: { devices: [{ port: '1-3', product: '7523' }] } })
  expect(right.text).not.toContain('another module')
})

test('a machine that lacks nothing is told nothing', () => {
  const { status, text } = b.flash()
  expect(text).not.toContain('✖')
  expect(status).toBe(0)
})
