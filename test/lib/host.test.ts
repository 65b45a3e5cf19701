import { afterEach, describe, expect, test } from 'bun:test'
import { UserError } from '../../scripts/lib/errors.ts'
import { type Host, type HostFacts, hostOf, isWindows, thisHost } from '../../scripts/lib/host.ts'

afterEach(() => {
  delete process.env.ROOTSMITH_HOST
})

const DEBIAN = '6.12.38+deb13-amd64'
const OF_WSL = '6.6.87.2-microsoft-standard-WSL2'

describe('the kind of a host', () => {
  test.each<[string, Host, HostFacts]>([
    ['Linux', 'linux', { platform: 'linux', env: {}, kernel: DEBIAN }],
    [
      'WSL, by the name of its distribution',
      'wsl',
      { platform: 'linux', env: { WSL_DISTRO_NAME: 'Debian' }, kernel: '6.1' },
    ],
    [
      'WSL, by its way to Windows',
      'wsl',
      { platform: 'linux', env: { WSL_INTEROP: '/run/WSL/8_interop' }, kernel: '6.1' },
    ],
    ['WSL under sudo, by its kernel', 'wsl', { platform: 'linux', env: {}, kernel: OF_WSL }],
    ['WSL 1, by its kernel', 'wsl', { platform: 'linux', env: {}, kernel: '4.4.0-19041-Microsoft' }],
    [
      'Linux, with a variable of MSYS that somebody exported',
      'linux',
      { platform: 'linux', env: { MSYSTEM: 'MINGW64' }, kernel: DEBIAN },
    ],
    ['Git Bash', 'msys', { platform: 'win32', env: { MSYSTEM: 'MINGW64' }, kernel: '10.0.26100' }],
    ["MSYS2's own programs", 'msys', { platform: 'cygwin', env: { MSYSTEM: 'MSYS' }, kernel: '3.6.1' }],
    ['PowerShell', 'windows', { platform: 'win32', env: {}, kernel: '10.0.26100' }],
    ['a Mac', 'macos', { platform: 'darwin', env: {}, kernel: '24.6.0' }],
    ['whatever ROOTSMITH_HOST says', 'macos', { platform: 'linux', env: { ROOTSMITH_HOST: 'macos' }, kernel: OF_WSL }],
    [
      'Linux, when ROOTSMITH_HOST is empty',
      'linux',
      { platform: 'linux', env: { ROOTSMITH_HOST: '' }, kernel: DEBIAN },
    ],
  ])('%s is told', (_, host, facts) => {
    expect(hostOf(facts)).toBe(host)
  })
  test('is refused when ROOTSMITH_HOST misspells it', () => {
    process.env.ROOTSMITH_HOST = 'mcos'
    expect(thisHost).toThrow(UserError)
    expect(thisHost).toThrow('ROOTSMITH_HOST cannot be `mcos`')
  })
  test('is Windows in two of them', () => {
    expect((['linux', 'wsl', 'msys', 'macos', 'windows'] as const).filter(isWindows)).toEqual(['msys', 'windows'])
  })
})
