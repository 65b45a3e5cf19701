/** templates/flash/rpi/devices.sh.ejs: which disks may be written, on machines made of what `lsblk --json` shows. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Card, type Result } from './card.ts'
import { LAYOUTS, type Layout } from './layouts.ts'
import { makeMachine } from './machine.ts'

let card: Card
beforeAll(async () => {
  card = await Card.make()
})
afterAll(() => card.close())

function onMachine(layout: Layout, args: string[]): Result {
  const top = mkdtempSync(join(card.b.work, 'machine-'))
  try {
    makeMachine(top, layout)
    return card.flash(args, { ROOTSMITH_FLASH_TOP: top, PATH: `${top}/bin:${process.env.PATH}` })
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

const nameOf = ({ device, blockdevices: [first] }: Layout): string => device ?? `/dev/${first?.name}`

test.each(LAYOUTS.filter(({ refused }) => !refused).map(layout => [layout.title, layout] as const))(
  '%s may be written, and its model and size are shown',
  (_, layout) => {
    const { status, text } = onMachine(layout, ['--device', nameOf(layout), '--dry-run'])
    expect(text).toContain('nothing was written')
    expect(text).toContain(layout.blockdevices[0]?.model ?? '?')
    expect(status).toBe(0)
  },
)

test.each(LAYOUTS.filter(({ refused }) => refused).map(layout => [layout.title, layout] as const))(
  '%s is refused, and it is said why',
  (_, layout) => {
    for (const options of [['--dry-run'], ['--yes']]) {
      const { status, text } = onMachine(layout, ['--device', nameOf(layout), ...options])
      expect(text).toContain(' is refused: ')
      expect(text).toContain(layout.refused ?? '?')
      expect(status).toBe(3)
    }
  },
)

test('--list-devices shows each disk, and why it is refused', () => {
  const blockdevices = LAYOUTS.filter(({ title }) =>
    /^(a USB stick|the NVMe disk .*|an SD card in a built-in .*)$/.test(title),
  )
  const layout = { title: '', blockdevices: blockdevices.flatMap(({ blockdevices }) => blockdevices) }
  const { status, text } = onMachine(layout, ['--list-devices'])
  expect(text.split('\n')).toEqual([
    '/dev/mmcblk0       29.7 GiB  SD32G',
    '/dev/nvme0n1      476.9 GiB  Samsung SSD 980  refused: this system runs from it',
    '/dev/sda           29.7 GiB  Ultra Fit',
    '',
  ])
  expect(status).toBe(0)
})

test('a made-up machine is for looking only', () => {
  const layout = LAYOUTS[0] as Layout
  expect(onMachine(layout, ['--device', '/dev/sda', '--yes'])).toMatchObject({
    status: 2,
    text: expect.stringContaining('made-up devices are not written'),
  })
})
