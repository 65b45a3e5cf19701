import { afterEach, describe, expect, test } from 'bun:test'
import { UsageError } from '../../scripts/lib/errors.ts'
import type { Host } from '../../scripts/lib/host.ts'
import {
  DEFAULT_MOUNTS,
  hostPath,
  mountsOf,
  onWindowsDrive,
  windowsPath,
  wslShare,
} from '../../scripts/lib/host-path.ts'
import { fromUser, userFolder } from '../../scripts/lib/paths.ts'
import { cacheDir } from '../../scripts/plan/cache.ts'

const on = (host: Host, typed: string, mounts = DEFAULT_MOUNTS): string =>
  hostPath(typed, { host, mounts, distribution: 'Debian' })

/** `message | hint` of the refusal. */
function refusal(host: Host, typed: string): string {
  try {
    return `not refused: ${on(host, typed)}`
  } catch (error) {
    if (error instanceof UsageError) return `${error.exitCode} ${error.message} | ${error.hint}`
    throw error
  }
}

describe('a path of Windows', () => {
  // As typed; in WSL; under MSYS; on Windows itself.
  test.each([
    ['C:\\x\\y', '/mnt/c/x/y', '/c/x/y', 'C:\\x\\y'],
    ['c:\\x', '/mnt/c/x', '/c/x', 'C:\\x'],
    ['c:/x', '/mnt/c/x', '/c/x', 'C:\\x'],
    ['C:/x\\y/z', '/mnt/c/x/y/z', '/c/x/y/z', 'C:\\x\\y\\z'],
    ['D:\\', '/mnt/d', '/d', 'D:\\'],
    ['d:/', '/mnt/d', '/d', 'D:\\'],
    ['C:', '/mnt/c', '/c', 'C:\\'],
    ['C:\\x\\', '/mnt/c/x', '/c/x', 'C:\\x'],
    ['C:\\\\x\\\\y', '/mnt/c/x/y', '/c/x/y', 'C:\\x\\y'],
    ['\\\\?\\C:\\x', '/mnt/c/x', '/c/x', 'C:\\x'],
    ['//?/C:/x', '/mnt/c/x', '/c/x', 'C:\\x'],
    [
      'C:\\My Files\\my image.yaml',
      '/mnt/c/My Files/my image.yaml',
      '/c/My Files/my image.yaml',
      'C:\\My Files\\my image.yaml',
    ],
    ['"C:\\My Files\\a.yaml"', '/mnt/c/My Files/a.yaml', '/c/My Files/a.yaml', 'C:\\My Files\\a.yaml'],
    ['C:\\My Files"', '/mnt/c/My Files', '/c/My Files', 'C:\\My Files'],
    ["'C:\\My Files'", '/mnt/c/My Files', '/c/My Files', 'C:\\My Files'],
    ['C:\\Users\\Jürgen\\画像', '/mnt/c/Users/Jürgen/画像', '/c/Users/Jürgen/画像', 'C:\\Users\\Jürgen\\画像'],
    ['C:\\a\\..\\b', '/mnt/c/a/../b', '/c/a/../b', 'C:\\a\\..\\b'],
    ["C:\\it's", "/mnt/c/it's", "/c/it's", "C:\\it's"],
    ['config\\mine.yaml', 'config/mine.yaml', 'config/mine.yaml', 'config\\mine.yaml'],
    ['..\\a/b', '../a/b', '../a/b', '..\\a/b'],
    ['.\\', './', './', '.\\'],
    ['rpi', 'rpi', 'rpi', 'rpi'],
    ['', '', '', ''],
    ['/mnt/c/x', '/mnt/c/x', '/mnt/c/x', '/mnt/c/x'],
    ['/home/me/a\\b', '/home/me/a\\b', '/home/me/a\\b', '/home/me/a\\b'],
    ['1:\\x', '1:/x', '1:/x', '1:\\x'],
    ['ab:\\x', 'ab:/x', 'ab:/x', 'ab:\\x'],
    ["'name'", "'name'", "'name'", "'name'"],
  ])('%p has a name in WSL, under MSYS and on Windows', (typed, wsl, msys, windows) => {
    expect([on('wsl', typed), on('msys', typed), on('windows', typed)]).toEqual([wsl, msys, windows])
  })
  test.each(['C:\\x', 'c:', 'C:x', 'a\\b', '"quoted"', '\\\\server\\share', '//server/share', '\\\\?\\C:\\x', ''])(
    '%p is just a name on Linux and on a Mac',
    typed => {
      expect([on('linux', typed), on('macos', typed)]).toEqual([typed, typed])
    },
  )
  test('comes out the same when it is asked for twice', () => {
    for (const typed of ['C:\\x y\\z', 'a\\b', '\\\\?\\D:\\', 'C:'])
      for (const host of ['wsl', 'msys', 'windows'] as const) expect(on(host, on(host, typed))).toBe(on(host, typed))
  })
})

describe('a path that cannot be used', () => {
  const network = 'is a network path, and those cannot be used'
  test.each<[Host, string, string]>([
    ['wsl', '\\\\server\\share\\x', `2 \\\\server\\share\\x ${network} | copy it to a local disk`],
    ['msys', '\\\\server\\share', `2 \\\\server\\share ${network} | copy it to a local disk`],
    ['windows', '\\\\server\\share', `2 \\\\server\\share ${network} | copy it to a local disk`],
    ['wsl', '\\\\?\\UNC\\server\\share', `2 \\\\?\\UNC\\server\\share ${network} | copy it to a local disk`],
    ['wsl', '\\\\.\\PhysicalDrive1', `2 \\\\.\\PhysicalDrive1 ${network} |`],
    ['wsl', '"\\\\server\\my share"', `2 \\\\server\\my share ${network} |`],
    ['wsl', '//server/share', '; if no server is meant, write /server/share'],
    ['msys', '//c/x', '; if no server is meant, write /c/x'],
    ['wsl', '\\\\wsl$\\Debian\\home\\me\\a b', '| in this distribution it is /home/me/a b'],
    ['wsl', '\\\\wsl.localhost\\debian\\home\\me', '| in this distribution it is /home/me'],
    ['wsl', '//wsl.localhost/Debian/', '| in this distribution it is /'],
    [
      'wsl',
      '\\\\wsl$\\Ubuntu-24.04\\srv',
      '| in the distribution Ubuntu-24.04 it is /srv: run this in there (`wsl -d Ubuntu-24.04`)',
    ],
    [
      'windows',
      '\\\\wsl$\\Debian\\home',
      '| in the distribution Debian it is /home: run this in there (`wsl -d Debian`)',
    ],
    ['msys', '\\\\wsl$\\Debian\\home', '| in the distribution Debian it is /home: run this in there'],
    ['wsl', 'C:x', '2 C:x is a path from wherever drive C stands, which only the shell knows | write it whole: C:\\x'],
    ['msys', 'd:config/mine.yaml', '| write it whole: D:\\config\\mine.yaml'],
    ['wsl', 'a:b:c.yaml', '| write it whole: A:\\b:c.yaml'],
    ['windows', 'c:..\\x', '| write it whole: C:\\..\\x'],
    ['wsl', '\\x\\y', '2 \\x\\y does not say on which drive | write C:\\x\\y, or /x/y for Linux'],
  ])('on %s, %p, has a hint to what can', (host, typed, text) => {
    expect(refusal(host, typed)).toContain(text)
  })
  test('does not name a server that was not meant when backslashes were typed', () => {
    expect(refusal('wsl', '\\\\server\\share')).not.toContain('if no server')
  })
})

describe('where WSL mounts drives', () => {
  test.each([
    ['', '/mnt/'],
    ['[automount]\nroot = /\n', '/'],
    ['[automount]\r\nenabled=true\r\nroot=/windir/\r\n', '/windir/'],
    ['[boot]\nsystemd=true\n[AutoMount]\n  root = "/drives" # mine\n', '/drives/'],
    ['[network]\nroot=/no\n', '/mnt/'],
    ['# [automount]\nroot=/no\n', '/mnt/'],
    ['[automount]\n#root=/no\n', '/mnt/'],
    ['[automount]\nroot=relative\n', '/mnt/'],
    ['[automount]\nroot=/yes\n[user]\nroot=/no\n', '/yes/'],
  ])('%p in /etc/wsl.conf says %p', (text, root) => {
    expect(mountsOf(text)).toBe(root)
  })
  test('is where the drives of a path are', () => {
    expect(on('wsl', 'C:\\x', '/')).toBe('/c/x')
    expect(on('wsl', 'C:', '/drives/')).toBe('/drives/c')
    expect(on('msys', 'C:\\x', '/drives/')).toBe('/c/x')
  })
  test('tells drives from other folders', () => {
    expect(['/mnt/c', '/mnt/c/x'].map(path => onWindowsDrive(path, '/mnt/'))).toEqual([true, true])
    expect(['/mnt/data', '/mnt', '/home/c/x', '/mnt/C2/x'].map(path => onWindowsDrive(path, '/mnt/'))).toEqual([
      false,
      false,
      false,
      false,
    ])
    expect(onWindowsDrive('/c/x', '/')).toBe(true)
    expect(onWindowsDrive('/home/me', '/')).toBe(false)
  })
})

test('a share of WSL names its distribution', () => {
  expect(wslShare('\\\\wsl$\\Debian\\home\\me')).toEqual({ distribution: 'Debian', path: '/home/me' })
  expect(wslShare('\\\\?\\UNC\\wsl.localhost\\My Debian')).toEqual({ distribution: 'My Debian', path: '/' })
  expect([wslShare('\\\\server\\Debian'), wslShare('C:\\wsl$\\x')]).toEqual([undefined, undefined])
})

test("MSYS's paths have a name on Windows where they lie on a drive", () => {
  expect(['/c/x y/z', '/D', '/d/', 'c:/x', 'C:\\x\\'].map(windowsPath)).toEqual([
    'C:\\x y\\z',
    'D:\\',
    'D:\\',
    'C:\\x',
    'C:\\x',
  ])
  expect(['/home/me', '/usr/c', 'x', 'c:x', ''].map(windowsPath)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

describe('in WSL, paths that people type', () => {
  afterEach(() => {
    for (const name of ['ROOTSMITH_HOST', 'ROOTSMITH_CWD', 'ROOTSMITH_CACHE']) delete process.env[name]
  })
  test('are found wherever they come in', () => {
    process.env.ROOTSMITH_HOST = 'wsl'
    process.env.ROOTSMITH_CWD = 'C:\\Users\\me\\project'
    expect(userFolder()).toBe('/mnt/c/Users/me/project')
    expect(fromUser('out\\new')).toBe('/mnt/c/Users/me/project/out/new')
    expect(fromUser('D:\\images')).toBe('/mnt/d/images')
    expect(cacheDir({ ROOTSMITH_CACHE: 'D:\\cache\\' })).toBe('/mnt/d/cache')
    expect(() => cacheDir({ ROOTSMITH_CACHE: '\\\\server\\cache' })).toThrow(UsageError)
  })
  test('are left alone elsewhere', () => {
    process.env.ROOTSMITH_HOST = 'linux'
    process.env.ROOTSMITH_CWD = '/srv'
    expect([fromUser('a\\b'), fromUser('C:\\x')]).toEqual(['/srv/a\\b', '/srv/C:\\x'])
    expect(cacheDir({ ROOTSMITH_CACHE: '/srv/c:' })).toBe('/srv/c:')
  })
})
