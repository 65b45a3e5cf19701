/** What the flash script of a Jetson calls, run as a user would run it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { ORIN } from '../../jetson/host.ts'
import { JetsonBench, type Result, shownCalls } from './jetson-bench.ts'

let b: JetsonBench
beforeAll(async () => {
  b = await JetsonBench.make()
})
afterEach(() => b.clean())
afterAll(() => b.close())

const NVME = '--external-device nvme0n1p1 -c tools/kernel_flash/flash_l4t_t234_nvme.xml'
const QSPI = '-p -c bootloader/generic/cfg/flash_t234_qspi.xml'
const nano = ['--board', 'jetson-orin-nano-devkit']

describe('what is called', () => {
  const rows: [string, string[], string[]][] = [
    ['the eMMC of a module: flash.sh', [], ['flash.sh jetson-agx-orin-devkit internal']],
    [
      'an NVMe disk beside an eMMC: the disk alone gets the root file system',
      ['--storage', 'nvme'],
      [`l4t_initrd_flash.sh ${NVME} --showlogs --network usb0 jetson-agx-orin-devkit external`],
    ],
    [
      'an NVMe disk of a module without: its QSPI flash as well',
      [...nano, '--storage=nvme'],
      [`l4t_initrd_flash.sh ${NVME} ${QSPI} --showlogs --network usb0 jetson-orin-nano-devkit internal`],
    ],
    [
      'a USB disk',
      [...nano, '--storage', 'usb'],
      [
        `l4t_initrd_flash.sh ${NVME.replace('nvme0n1p1', 'sda1')} ${QSPI} --showlogs --network usb0 jetson-orin-nano-devkit internal`,
      ],
    ],
    [
      'the card of a module without eMMC',
      nano,
      ['l4t_initrd_flash.sh --showlogs --network usb0 jetson-orin-nano-devkit internal'],
    ],
    [
      "somebody's carrier is known by the module that its .conf sources",
      ['--board', 'somebodys-carrier', '--storage', 'nvme'],
      [`l4t_initrd_flash.sh ${NVME} ${QSPI} --showlogs --network usb0 somebodys-carrier internal`],
    ],
    [
      'another network',
      [...nano, '--network', 'eth0:192.0.2.7/24:192.0.2.1'],
      ['l4t_initrd_flash.sh --showlogs --network eth0:192.0.2.7/24:192.0.2.1 jetson-orin-nano-devkit internal'],
    ],
  ]
  test.each(rows)('for %s', (_, words, expected) => {
    const { status, text, calls } = b.flash({ words: ['--yes', ...words] })
    expect(text).toContain('Done')
    expect(status).toBe(0)
    expect(shownCalls(calls)).toEqual(expected)
    expect(calls.every(({ euid, cwd }) => euid === '0' && cwd.endsWith('/sample-1.2.0/Linux_for_Tegra'))).toBe(true)
    expect(b.left()).toEqual([])
  })

  test('many at a time: images are made, then written to all', () => {
    const host = { devices: [ORIN, { port: '1-4', product: '7023' }, { port: '2-1.2', product: '7023' }] }
    const env = { BOARDID: '3701', BOARDSKU: '0005', FAB: '300' }
    const { status, text, calls } = b.flash({ host, env, words: ['--yes', '--massflash', '3'] })
    expect(text).toContain('Done: 3 flashed')
    expect(status).toBe(0)
    expect(shownCalls(calls)).toEqual([
      'l4t_initrd_flash.sh --no-flash --massflash 3 --network usb0 jetson-agx-orin-devkit internal',
      'l4t_initrd_flash.sh --flash-only --massflash 3 --network usb0 jetson-agx-orin-devkit internal',
    ])
    expect(calls[0]?.env).toBe('BOARDID=3701')
  })

  test('many at a time, of which one is asked what it is', () => {
    const { status, text, calls } = b.flash({ words: ['--yes', '--massflash=2', '--storage', 'nvme'] })
    expect(text).toContain('Put up to 2 devices in recovery mode')
    expect(status).toBe(0)
    expect(shownCalls(calls)).toEqual([
      `l4t_initrd_flash.sh --no-flash --massflash 2 ${NVME} --network usb0 jetson-agx-orin-devkit external`,
      'l4t_initrd_flash.sh --flash-only --massflash 2 --network usb0 jetson-agx-orin-devkit external',
    ])
  })

  test('images made once are written later, and again', () => {
    const words = ['--yes', '--massflash', '2']
    const made = b.flash({ words: [...words, '--no-flash'] })
    expect(made.text).toContain('mfi_jetson-agx-orin-devkit.tar.gz has all')
    expect(shownCalls(made.calls)).toEqual([
      'l4t_initrd_flash.sh --no-flash --massflash 2 --network usb0 jetson-agx-orin-devkit internal',
    ])
    for (let again = 0; again < 2; again++) {
      const written = b.flash({ words: [...words, '--flash-only', '--keep'] })
      expect(written.status).toBe(0)
      expect(shownCalls(written.calls)).toEqual([
        'l4t_initrd_flash.sh --flash-only --massflash 2 --network usb0 jetson-agx-orin-devkit internal',
      ])
    }
  })

  test('images of another board are not written', () => {
    b.flash({ words: ['--yes', '--no-flash'] })
    const { status, text, calls } = b.flash({ words: ['--yes', '--flash-only', ...nano] })
    expect(text).toContain('holds no flash images for jetson-orin-nano-devkit, internal')
    expect(status).toBe(3)
    expect(calls).toEqual([])
  })

  test("the config's own layout is for the config's own disk", async () => {
    const own = await JetsonBench.make({ storage: 'nvme', layout: 'tools/kernel_flash/custom.xml' })
    expect(shownCalls(own.flash().calls)[0]).toContain('-c tools/kernel_flash/custom.xml')
    expect(shownCalls(own.flash({ words: ['--yes', '--storage', 'usb'] }).calls)[0]).toContain(
      '-c tools/kernel_flash/flash_l4t_t234_nvme.xml',
    )
    await own.close()
  })

  const releases: [35 | 39, string[], string][] = [
    [
      35,
      ['--storage', 'nvme'],
      'l4t_initrd_flash.sh --external-device nvme0n1p1 -c tools/kernel_flash/flash_l4t_external.xml --showlogs --network usb0 jetson-agx-orin-devkit external',
    ],
    [
      35,
      [...nano, '--storage', 'nvme'],
      'l4t_initrd_flash.sh --external-device nvme0n1p1 -c tools/kernel_flash/flash_l4t_external.xml -p -c bootloader/t186ref/cfg/flash_t234_qspi.xml --showlogs --network usb0 jetson-orin-nano-devkit internal',
    ],
    [39, [], 'l4t_initrd_flash.sh --showlogs jetson-agx-orin-devkit internal'],
    [
      39,
      ['--board', 'jetson-agx-thor-devkit', '--storage', 'nvme'],
      'l4t_initrd_flash.sh --external-device nvme0n1p1 -c tools/kernel_flash/flash_l4t_t264_nvme.xml --showlogs jetson-agx-thor-devkit internal',
    ],
  ]
  test.each(releases)('with the words of r%i: %j', async (major, words, expected) => {
    const other = await JetsonBench.make({}, major)
    const { text, calls } = other.flash({ words: ['--yes', ...words] })
    expect(text).toContain('Done')
    expect(shownCalls(calls)).toEqual([expected])
    await other.close()
  })
})

test('the root file system has the owners and modes that were packed', () => {
  expect(b.flash({ words: ['--yes', '--keep'] }).status).toBe(0)
  const file = join(b.work, 'sample-1.2.0/Linux_for_Tegra/rootfs/etc/owned')
  expect(Bun.spawnSync(['stat', '-c', '%u:%g %a', file]).stdout.toString().trim()).toBe('1000:1001 4755')
})

describe('what it answers', () => {
  const alone = (words: string[]): Result => b.flash({ words })

  test('--dry-run says what would be called, and writes nothing', () => {
    const { status, text, calls } = b.flash({
      env: { BOARDID: '3701' },
      words: ['--dry-run', '--massflash', '4', '--storage', 'nvme'],
    })
    expect(text).toContain('sudo ./tools/kernel_flash/l4t_initrd_flash.sh --no-flash --massflash 4')
    expect(text).toContain('sudo ./tools/kernel_flash/l4t_initrd_flash.sh --flash-only --massflash 4')
    expect(text).toContain('nothing was written')
    expect([status, calls, b.left()]).toEqual([0, [], []])
  })

  test('without a terminal it does not ask and does not write', () => {
    const { status, text, calls } = alone([])
    expect(text).toContain('add --yes')
    expect([status, calls, b.left()]).toEqual([2, [], []])
  })

  test.each([
    ['no', 3, 'that was not jetson-agx-orin-devkit; nothing was written'],
    ['jetson-agx-orin-devkit', 0, 'Done'],
  ])('on a terminal it goes on only with the name of the board: %s', (typed, status, said) => {
    const { argv, env } = b.command({ words: [] })
    const command = argv.map(word => `'${word}'`).join(' ')
    const done = Bun.spawnSync([Bun.which('script') ?? 'script', '-qec', command, '/dev/null'], {
      env: { ...env, SHELL: '/bin/sh' },
      stdin: Buffer.from(`${typed}\n`),
    })
    expect(done.stdout.toString()).toContain(said)
    expect(done.exitCode).toBe(status)
  })

  test('--list-boards lists the boards of the BSP, and no file that boards share', () => {
    const names = alone(['--list-boards']).text.trim().split('\n')
    expect(names).toContain('jetson-orin-nano-devkit')
    expect(names.filter(name => name.includes('common'))).toEqual([])
  })

  test('--list-devices says of each device on USB what it is', () => {
    const devices = [
      { port: '1-3', product: '7523' },
      { port: '1-4', product: '7020' },
      { port: '3-1', product: '0001', vendor: '1234' },
    ]
    expect(
      b
        .flash({ host: { devices }, words: ['--list-devices'] })
        .text.trim()
        .split('\n'),
    ).toEqual([
      '1-3        0955:7523  Orin Nano 8GB',
      '1-4        0955:7020  a Jetson that runs Linux: it is not in recovery mode',
    ])
    expect(b.flash({ host: { devices: [] }, words: ['--list-devices'] }).text).toContain('no device of NVIDIA')
  })

  test('--help, --version and words that are wrong', () => {
    expect(alone(['--version'])).toMatchObject({ status: 0, text: 'sample 1.2.0 (Jetson Linux 36.4.3)\n' })
    expect(alone(['--help'])).toMatchObject({ status: 0, text: expect.stringContaining('--massflash N') })
    expect(alone(['--force'])).toMatchObject({ status: 2, text: expect.stringContaining('--force is not an option') })
    expect(alone(['--storage', 'floppy'])).toMatchObject({
      status: 2,
      text: expect.stringContaining('internal, nvme or usb'),
    })
    for (const number of ['0', 'x', '-1']) expect(alone(['--massflash', number]).status).toBe(2)
    expect(alone(['--network', 'wlan0']).status).toBe(2)
    expect(alone(['--no-flash', '--flash-only']).status).toBe(2)
  })

  test('shellcheck has nothing to say', () => {
    expect(Bun.spawnSync(['shellcheck', '-s', 'sh', b.script]).stdout.toString()).toBe('')
  })
})
