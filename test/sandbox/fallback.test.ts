import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostArch } from '../../scripts/sandbox/arch.ts'
import { emulators, fallbackFor, lookOutside, noBinfmt } from '../../scripts/sandbox/fallback.ts'

const foreign = hostArch() === 'arm64' ? 'amd64' : 'arm64'

describe('what the machine has registered', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rootsmith-binfmt-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** As the kernel shows it. The bytes are those of Debian 12's qemu-user-static. */
  const handler = (changes: Record<string, string> = {}): string => {
    const fields = {
      state: 'enabled',
      flags: 'PF',
      offset: '0',
      magic: '7f454c460201010000000000000000000200b700',
      mask: 'ffffffffffffff00fffffffffffffffffeffffff',
      ...changes,
    }
    return `${fields.state}\ninterpreter /usr/libexec/qemu\nflags: ${fields.flags}\noffset ${fields.offset}\nmagic ${fields.magic}\nmask ${fields.mask}\n`
  }
  const found = (text: string, status = 'enabled'): ReturnType<typeof emulators> => {
    writeFileSync(join(folder, 'status'), `${status}\n`)
    writeFileSync(join(folder, 'qemu'), text)
    return emulators(folder)
  }

  test('is found by the machine in its magic, whatever it is called', () => {
    expect(found(handler())).toEqual({ arm64: '/usr/libexec/qemu' })
    const arm = '7f454c4601010100000000000000000002002800'
    expect(found(handler({ magic: arm }))).toEqual({ armhf: '/usr/libexec/qemu' })
  })
  test('is of no use in a chroot without flag F', () => {
    expect(found(handler({ flags: 'OC' }))).toEqual({})
    expect(found(handler({ flags: 'OCF' }))).toEqual({ arm64: '/usr/libexec/qemu' })
  })
  test('may be disabled, alone or with all others', () => {
    expect(found(handler({ state: 'disabled' }))).toEqual({})
    expect(found(handler(), 'disabled')).toEqual({})
  })
  test('may be for files that are no programs', () => {
    expect(found('enabled\ninterpreter /usr/bin/jexec\nflags: F\nextension .jar\n')).toEqual({})
    // Another magic of the same length; and ELF files that are not executables (e_type 1, not masked).
    expect(found(handler({ magic: '00'.repeat(20) }))).toEqual({})
    expect(found(handler({ magic: '7f454c460201010000000000000000000100b700', mask: 'ff'.repeat(20) }))).toEqual({})
  })
})

describe('what the user is told', () => {
  test('is nothing where the sandbox has all it needs', () => {
    expect(fallbackFor(foreign, { emulators: {} })).toBeUndefined()
    expect(fallbackFor(hostArch(), { binfmt: 'permission denied', emulators: {} })).toBeUndefined()
  })
  test('is one line that says why everything is emulated, and by what', () => {
    const line = fallbackFor('arm64', { binfmt: 'permission denied', emulators: { arm64: '/usr/libexec/qemu' } })
    // On an arm64 machine these are its own programs.
    if (hostArch() === 'arm64') expect(line).toBeUndefined()
    else
      expect(line).toBe(
        `${noBinfmt()}: all arm64 programs are emulated by the machine's own qemu-aarch64, which takes several times as long`,
      )
  })
  test('names the kernel only when it is too old', () => {
    expect(noBinfmt('6.1.0-38-amd64')).toBe('the kernel is older than 6.7')
    expect(noBinfmt('6.12.38')).toBe('the kernel refuses a private binfmt_misc')
  })
  test('is that root goes without a user namespace', () => {
    const refused = { users: 'no', binfmt: 'no', emulators: { [foreign]: '/usr/libexec/qemu' } }
    expect(fallbackFor(hostArch(), refused)).toBe('user namespaces are refused: root builds without one')
    expect(fallbackFor(foreign, refused)).toStartWith(
      `user namespaces are refused: all ${foreign} programs are emulated`,
    )
  })
})

test('the machine is looked at once', () => {
  expect(lookOutside()).toBe(lookOutside())
})
