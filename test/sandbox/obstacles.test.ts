import { describe, expect, test } from 'bun:test'
import { hostArch } from '../../scripts/sandbox/arch.ts'
import { noEmulation } from '../../scripts/sandbox/obstacles.ts'

const foreign = hostArch() === 'arm64' ? 'amd64' : 'arm64'
const OLD = '6.1.0-38-amd64'

describe('without a binfmt_misc of its own', () => {
  const old = { binfmt: 'permission denied', emulators: {} }

  test("a sandbox builds for the machine's own architecture", () => {
    expect(noEmulation(hostArch(), old, OLD)).toEqual([])
  })
  test('it builds for those that the machine emulates itself', () => {
    expect(noEmulation(foreign, { ...old, emulators: { [foreign]: '/usr/libexec/qemu' } }, OLD)).toEqual([])
  })
  test('it builds for no other, and there are two mends', () => {
    const [obstacle, ...more] = noEmulation(foreign, old, OLD)
    expect(more).toEqual([])
    expect(obstacle?.reason).toBe(
      `the kernel is older than 6.7, so the sandbox can't run ${foreign} programs, and the machine has registered nothing that does`,
    )
    expect(obstacle?.hint).toContain('boot Linux 6.7 or newer')
    expect(obstacle?.hint).toContain('apt-get install qemu-user-binfmt')
  })
  test('a newer kernel is no mend where there is one', () => {
    expect(noEmulation(foreign, old, '6.12.38')[0]?.hint).toStartWith('as root: modprobe binfmt_misc; or')
  })
  test('because user namespaces are refused, allowing these is the mend', () => {
    const [obstacle] = noEmulation(foreign, { ...old, users: 'No space left on device' }, OLD)
    expect(obstacle?.reason).toStartWith('user namespaces are refused (No space left on device)')
    expect(obstacle?.hint).not.toContain('boot Linux')
  })
})

test('with one, all can be built', () => {
  expect(noEmulation(foreign, { emulators: {} }, OLD)).toEqual([])
})
