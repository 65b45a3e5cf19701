import { describe, expect, test } from 'bun:test'
import { firstBootText, judge, Lines } from '../../scripts/boot/console.ts'

describe('judge', () => {
  test('the marker ends a boot well, whatever a console puts before and after it', () => {
    expect(judge('[first-boot] done: system running after 42 s')).toEqual({
      kind: 'done',
      text: 'system running after 42 s',
    })
    // As journald writes it on the console, with the colours of systemd and a serial line's carriage return.
    expect(judge('\x1b[0m[   88.123456] first-boot[412]: [first-boot] done: system running\r')?.kind).toBe('done')
  })

  test('a step that went well, or a word that begins like the marker, ends nothing', () => {
    expect(judge('[first-boot] grow-root: ok (/dev/mmcblk0p2: 900 -> 1900 MiB)')).toBeUndefined()
    expect(judge('[first-boot] ssh-host-keys: failed (no entropy)')).toBeUndefined()
    expect(judge('[first-boot] doneness')).toBeUndefined()
  })

  test('a failed first boot is told with the names of its steps', () => {
    expect(judge('[first-boot] failed: grow-root ')).toMatchObject({
      kind: 'failed',
      reason: 'first boot failed: grow-root',
    })
  })

  // Lines of Linux 6.12, initramfs-tools 0.148 and systemd 257.
  const ends = [
    ['[    3.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)', /panicked: VFS/],
    [
      '[    9.5] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00',
      /panicked: Attempted to kill init/,
    ],
    ['ALERT!  PARTUUID=12345678-02 does not exist.  Dropping to a shell!', /did not find the root file system/],
    ['You are in emergency mode. After logging in, type "journalctl -xb" to view', /emergency mode/],
    ['Cannot open access to console, the root account is locked.', /emergency mode/],
    ["Target filesystem doesn't have requested /sbin/init.", /could not hand over/],
    ['(initramfs) ', /could not hand over/],
    ['[   12.0] systemd[1]: Freezing execution.', /systemd gave up/],
  ] as const
  for (const [line, reason] of ends) {
    test(`fails at once on: ${line.trim()}`, () => {
      const verdict = judge(line)
      expect(verdict?.kind).toBe('failed')
      expect(verdict).toMatchObject({ reason: expect.stringMatching(reason), hint: expect.stringMatching(/./) })
    })
  }
})

test('firstBootText is what follows the mark, without what a console adds', () => {
  expect(firstBootText('[  5.1] first-boot[9]: [first-boot] started \r')).toBe('started')
  expect(firstBootText('[  OK  ] Started first-boot')).toBeUndefined()
})

test('Lines puts lines together from pieces, and keeps one that has not ended', () => {
  const seen: string[] = []
  const lines = new Lines(line => seen.push(line))
  lines.push('[first-bo')
  lines.push('ot] done\r\nlogin')
  expect(seen).toEqual(['[first-boot] done'])
  expect(lines.open).toBe('login')
  lines.end()
  expect(seen).toEqual(['[first-boot] done', 'login'])
})
