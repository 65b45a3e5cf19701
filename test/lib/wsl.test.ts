import { describe, expect, test } from 'bun:test'
import { UserError } from '../../scripts/lib/errors.ts'
import {
  chooseDistribution,
  type Distribution,
  parseDistributions,
  wslArguments,
  wslEnvironment,
} from '../../scripts/lib/wsl.ts'

const wide = (text: string): Uint8Array => Buffer.from(text, 'utf16le')
const LIST = [
  '  NAME                   STATE           VERSION',
  '* docker-desktop         Running         2',
  '  Ubuntu-24.04           Stopped         2',
  '  My own Debian          Running         1',
  '  Débian 画像            Stopped         2',
  '',
].join('\r\n')

describe('the list of distributions', () => {
  const expected: Distribution[] = [
    { name: 'docker-desktop', isDefault: true, state: 'Running', version: 2 },
    { name: 'Ubuntu-24.04', isDefault: false, state: 'Stopped', version: 2 },
    { name: 'My own Debian', isDefault: false, state: 'Running', version: 1 },
    { name: 'Débian 画像', isDefault: false, state: 'Stopped', version: 2 },
  ]
  test.each([
    ['UTF-16LE', wide(LIST)],
    ['UTF-16LE with a mark', wide(`\ufeff${LIST}`)],
    ['UTF-8, as with WSL_UTF8=1', Buffer.from(LIST)],
    ['doubled line ends', wide(LIST.replaceAll('\r\n', '\r\r\n'))],
  ])('is read in %s', (_, output) => {
    expect(parseDistributions(output)).toEqual(expected)
  })
  test('is read in a translation, whose states may be as long as their column', () => {
    const german =
      '  NAME      STATUS          VERSION\r\n* Debian    Wird ausgeführt 2\r\n  Alt       Beendet         1\r\n'
    expect(parseDistributions(wide(german))).toEqual([
      { name: 'Debian', isDefault: true, state: 'Wird ausgeführt', version: 2 },
      { name: 'Alt', isDefault: false, state: 'Beendet', version: 1 },
    ])
  })
  test.each([
    ['nothing', ''],
    ['that there are none', 'Windows Subsystem for Linux has no installed distributions.\r\nUse wsl --install.\r\n'],
    ['how to use it', 'Usage: wsl.exe [Argument]\r\n\r\n    --install  <Options>\r\n        Version 2\r\n'],
  ])('is empty when wsl.exe says %s', (_, text) => {
    expect([parseDistributions(wide(text)), parseDistributions(Buffer.from(text))]).toEqual([[], []])
  })
})

const of = (name: string, version: 1 | 2 = 2, isDefault = false, state = 'Stopped'): Distribution => ({
  name,
  isDefault,
  state,
  version,
})

describe('the distribution to build in', () => {
  test.each<[string, Distribution[], string | undefined, string]>([
    ['the default', [of('Debian'), of('Arch', 2, true)], undefined, 'Arch'],
    ['the one asked for', [of('Debian', 2, true), of('Arch')], 'Arch', 'Arch'],
    ['the one asked for in other letters', [of('Debian', 2, true), of('Arch')], 'arch', 'Arch'],
    [
      'a Debian, where the default is an engine',
      [of('docker-desktop', 2, true), of('Ubuntu'), of('Debian')],
      undefined,
      'Debian',
    ],
    [
      'a Debian, where the default is of WSL 1',
      [of('Arch', 1, true), of('Ubuntu'), of('debian-13')],
      undefined,
      'debian-13',
    ],
    ['a Debian, where none is the default', [of('Arch'), of('Debian')], undefined, 'Debian'],
    [
      'a Debian, where the default is being installed',
      [of('Arch', 2, true, 'Installing'), of('Debian')],
      undefined,
      'Debian',
    ],
    [
      'an Ubuntu, where no Debian is usable',
      [of('Fedora'), of('Ubuntu-24.04'), of('Debian', 1)],
      undefined,
      'Ubuntu-24.04',
    ],
    [
      'any usable one',
      [of('podman-machine-default', 2, true), of('rancher-desktop'), of('docker-desktop-data'), of('openSUSE')],
      undefined,
      'openSUSE',
    ],
  ])('is %s', (_, all, asked, name) => {
    expect(chooseDistribution(all, asked).name).toBe(name)
  })

  const complaint = (all: Distribution[], asked?: string): string => {
    try {
      return `none: ${chooseDistribution(all, asked).name}`
    } catch (error) {
      if (error instanceof UserError) return `${error.exitCode} ${error.message} | ${error.hint}`
      throw error
    }
  }
  test.each<[string, Distribution[], string | undefined, string]>([
    ['there is none', [], undefined, '3 WSL has no distribution to build in | in PowerShell: wsl --install -d Debian'],
    [
      'all belong to engines',
      [of('docker-desktop', 2, true), of('docker-desktop-data'), of('podman-machine-default')],
      undefined,
      '3 WSL has only the virtual machines of container engines | in PowerShell: wsl --install -d Debian',
    ],
    [
      'all are of WSL 1',
      [of('docker-desktop', 1, true), of('My Debian', 1)],
      undefined,
      '3 My Debian is of WSL 1, which has no kernel of its own | in PowerShell: wsl --set-version "My Debian" 2',
    ],
    [
      'the one asked for is of WSL 1, although another is not',
      [of('Debian', 2, true), of('Ubuntu', 1)],
      'Ubuntu',
      '3 Ubuntu is of WSL 1, which has no kernel of its own | in PowerShell: wsl --set-version Ubuntu 2',
    ],
    [
      'the one asked for is misspelt',
      [of('Debian'), of('Ubuntu-24.04'), of('docker-desktop')],
      'Debain',
      '2 WSL has no distribution Debain | did you mean Debian? there are: Debian, Ubuntu-24.04',
    ],
    [
      'the one asked for is not there, nor any other',
      [],
      'Debian',
      '2 WSL has no distribution Debian | in PowerShell: wsl --install -d Debian',
    ],
    [
      'the one asked for belongs to an engine',
      [of('Debian', 2, true), of('docker-desktop')],
      'docker-desktop',
      '3 docker-desktop belongs to a container engine, nothing can be built in it | in PowerShell: wsl --install -d Debian',
    ],
    [
      'the only one is being converted',
      [of('Debian', 2, true, 'Converting')],
      undefined,
      '3 the distribution Debian is not ready: Converting | try again when it is',
    ],
  ])('is refused with a hint when %s', (_, all, asked, text) => {
    expect(complaint(all, asked)).toBe(text)
  })
})

describe('what wsl.exe is given', () => {
  const call = {
    distribution: 'My Debian',
    home: 'C:\\src\\root smith',
    script: 'scripts\\build.ts',
    words: ['C:\\a b.yaml', '--set', 'a=$b "c"'],
  }
  test('has the words as they were typed, behind --exec, where no shell reads them', () => {
    const args = wslArguments(call)
    expect(args.slice(0, 7)).toEqual([
      '--distribution',
      'My Debian',
      '--cd',
      'C:\\src\\root smith',
      '--exec',
      'sh',
      '-c',
    ])
    expect(args.slice(8)).toEqual(['sh', 'scripts/build.ts', 'C:\\a b.yaml', '--set', 'a=$b "c"'])
  })
  test('names a folder of the distribution itself as Linux does', () => {
    const home = '\\\\wsl.localhost\\my debian\\home\\me\\rootsmith'
    expect(wslArguments({ ...call, home })[3]).toBe('/home/me/rootsmith')
    expect(wslArguments({ ...call, home, distribution: 'Other' })[3]).toBe(home)
  })
  test('shares what a build reads, and nothing else', () => {
    const env = wslEnvironment({
      PATH: 'C:\\Windows',
      WSLENV: 'MINE/p',
      ROOTSMITH_CACHE: 'D:\\cache',
      ROOTSMITH_WSL_DISTRO: 'Debian',
      ROOTSMITH_HOST: 'windows',
      SOURCE_DATE_EPOCH: '0',
    })
    expect(env.WSLENV).toBe('MINE/p:ROOTSMITH_CACHE:SOURCE_DATE_EPOCH')
    expect(env).toMatchObject({ PATH: 'C:\\Windows', ROOTSMITH_CACHE: 'D:\\cache' })
    expect(env.ROOTSMITH_HOST).toBeUndefined()
  })
  test.each([
    ['C:\\Users\\me', 'C:\\Users\\me'],
    ['/c/Users/me', 'C:\\Users\\me'],
    ['\\\\wsl$\\Debian\\home\\me', '/home/me'],
    // Only MSYS knows where it lies; Rootsmith's own folder serves.
    ['/home/me', undefined],
    ['', undefined],
  ])('says that the user stands in %p', (typed, folder) => {
    const env = wslEnvironment({ ROOTSMITH_CWD: typed })
    expect([env.ROOTSMITH_CWD, env.WSLENV]).toEqual([folder, folder ? 'ROOTSMITH_CWD' : ''])
  })
})
