import { expect, test } from 'bun:test'
import { TWINS } from '../../scripts/sandbox/twins.ts'

test('every group of native programs says why it may be one', () => {
  for (const group of TWINS) expect(group.why.length).toBeGreaterThan(20)
})

test('nothing that reports the machine is native', () => {
  const never = new Set(TWINS.flatMap(group => group.never ?? []))
  const named = TWINS.flatMap(group => [...(group.paths ?? []), ...(group.patched ?? [])])
  for (const path of ['/usr/bin/uname', '/usr/bin/arch']) expect(never).toContain(path)
  for (const path of [
    '/usr/bin/uname',
    '/usr/bin/arch',
    '/usr/sbin/ldconfig',
    '/usr/bin/ldd',
    '/usr/bin/systemd-detect-virt',
    '/usr/bin/lscpu',
  ]) {
    expect(named).not.toContain(path)
  }
  const packages = TWINS.flatMap(group => group.packages ?? [])
  for (const name of ['util-linux', 'libc-bin', 'systemd', 'gcc', 'binutils']) expect(packages).not.toContain(name)
})
