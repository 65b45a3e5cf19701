import { describe, expect, test } from 'bun:test'
import { check } from '../../scripts/machine/checks.ts'
import type { Facts } from '../../scripts/machine/facts.ts'
import { kernelIsAtLeast } from '../../scripts/sandbox/fallback.ts'
import { missing, REQUIREMENTS } from '../../scripts/sandbox/requirements.ts'

const GIB = 2 ** 30
const good: Facts = {
  host: 'linux',
  os: { id: 'debian', like: '', name: 'Debian GNU/Linux 13 (trixie)' },
  arch: 'x64',
  kernel: '6.12.38+deb13-amd64',
  isRoot: false,
  sysctls: { 'kernel.unprivileged_userns_clone': '1', 'user.max_user_namespaces': '60000' },
  tried: { namespaces: undefined, overlay: undefined, binfmt: undefined },
  withoutUsers: false,
  emulated: [],
  subordinateIds: undefined,
  missing: [],
  space: { cache: { folder: '/c', bytes: 50 * GIB }, out: { folder: '/o', bytes: 50 * GIB } },
  onDrive: { cache: undefined, project: undefined },
  memory: 4 * GIB,
  engine: { name: 'docker 26.1' },
}
const of = (name: string, facts: Partial<Facts>) => check({ ...good, ...facts }).filter(one => one.name === name)

describe('doctor', () => {
  test('finds nothing to complain about on a good machine', () => {
    expect(check(good).filter(({ state }) => state !== 'ok')).toEqual([])
  })
  test('has a mend for all that is bad', () => {
    const bad = check({
      ...good,
      kernel: '4.19.0',
      tried: { namespaces: 'Operation not permitted', overlay: 'no', binfmt: 'no' },
      subordinateIds: 'builder has no range',
      missing: [...REQUIREMENTS],
      space: { cache: { folder: '/c', bytes: GIB }, out: { folder: '/o', bytes: GIB } },
    }).filter(({ state }) => state === 'bad')
    expect(bad.map(({ name }) => name)).toEqual(['kernel', 'namespaces', 'overlayfs', 'ids', 'programs', 'cache'])
    for (const one of bad)
      expect([one.name, one.means ?? '', one.mend ?? '']).toEqual([
        one.name,
        expect.stringMatching(/./),
        one.name === 'overlayfs' ? '' : expect.stringMatching(/./),
      ])
  })
  test('names the sysctl that forbids user namespaces', () => {
    const tried = { ...good.tried, namespaces: 'Permission denied' }
    expect(
      of('namespaces', { tried, sysctls: { 'kernel.apparmor_restrict_unprivileged_userns': '1' } })[0],
    ).toMatchObject({
      state: 'bad',
      means: 'forbidden by kernel.apparmor_restrict_unprivileged_userns=1',
      mend: 'as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    })
    expect(of('namespaces', { tried })[0]?.mend).toContain('--cap-add SYS_ADMIN')
  })
  test('does not call bad what root can do without', () => {
    const tried = { ...good.tried, namespaces: 'No space left on device', binfmt: 'No space left on device' }
    const sysctls = { 'user.max_user_namespaces': '0' }
    const facts = { isRoot: true, withoutUsers: true, tried, sysctls }
    expect(check({ ...good, ...facts }).filter(({ state }) => state === 'bad')).toEqual([])
    expect(of('namespaces', facts)[0]).toMatchObject({
      state: 'warn',
      means: 'forbidden by user.max_user_namespaces=0; root builds without a user namespace',
      mend: 'as root: sysctl -w user.max_user_namespaces=10000',
    })
    expect(of('overlayfs', facts)[0]?.state).toBe('ok')
    expect(of('binfmt_misc', facts)[0]?.means).toContain("only this machine's own architecture")
  })
  test('tells the machine that emulates by itself from the one that can learn it', () => {
    const tried = { ...good.tried, binfmt: 'permission denied' }
    expect(of('binfmt_misc', { tried, emulated: ['arm64', 'armhf'] })[0]).toMatchObject({
      state: 'warn',
      found: 'not private; the machine itself emulates arm64, armhf',
      means: expect.stringContaining('several times as long'),
    })
    expect(of('binfmt_misc', { tried })[0]?.mend).toMatch(/6\.7.*apt-get install qemu-user-binfmt/)
    // What registers an emulator helps nobody who has no sandbox to use it in.
    expect(of('binfmt_misc', { tried: { ...tried, namespaces: 'no' } })[0]?.mend).not.toContain('apt-get')
  })
  test('knows which kernels can do what', () => {
    expect(of('kernel', { kernel: '6.1.0-38-amd64' })[0]?.state).toBe('warn')
    expect(of('kernel', { kernel: '5.10.0' })[0]?.state).toBe('bad')
    expect(['6.7.0', '6.12', '10.1'].map(release => kernelIsAtLeast(release, 6, 7))).toEqual([true, true, true])
    expect(['6.6.99', '5.20', 'x'].map(release => kernelIsAtLeast(release, 6, 7))).toEqual([false, false, false])
  })
  test('says for what a package is missing', () => {
    const lacking = REQUIREMENTS.filter(entry => entry.for === 'boot')
    const found = of('programs', { missing: lacking })
    expect(found).toEqual([
      {
        name: 'programs',
        state: 'warn',
        found: expect.stringContaining('qemu-system-arm'),
        means: '`just boot` cannot boot an image',
        mend: 'just setup',
      },
    ])
  })
  test('tells a relative of Debian from a stranger', () => {
    expect(of('system', { os: { id: 'ubuntu', like: 'debian', name: 'Ubuntu' } })[0]?.mend).toBeUndefined()
    expect(of('system', { os: { id: 'fedora', like: '', name: 'Fedora' } })[0]?.mend).toContain('package manager')
  })
})

describe('the one list of packages', () => {
  test('has each package once, and says why', () => {
    const names = REQUIREMENTS.map(entry => entry.package)
    expect(new Set(names).size).toBe(names.length)
    for (const entry of REQUIREMENTS)
      expect([entry.package, entry.why.length > 5, entry.provides.length > 0]).toEqual([entry.package, true, true])
  })
  test('is asked by purpose', () => {
    expect(missing(['boot'], name => name !== 'mcopy').map(entry => entry.package)).toEqual(['mtools'])
    expect(missing('build', name => name !== 'mcopy')).toEqual([])
    expect(missing(undefined, () => false)).toEqual(REQUIREMENTS.filter(entry => entry.for !== 'test'))
  })
})
