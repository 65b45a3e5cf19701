import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clean, type Format, harden, lendMirrors, takeMirrorsBack } from '../../scripts/stage/sources.ts'

const names = {
  uris: ['http://a.test/debian', 'http://b.test/debian/'],
  uri: 'mirror+file:/run/rootsmith/mirrors.list',
}
const M = names.uri

/** Before, hardened, cleaned: what is not given is as before. */
const CASES: [string, Format, string, string, string?][] = [
  ['a plain source', 'list', 'deb http://a.test/debian trixie main\n', `deb ${M} trixie main\n`],
  [
    'options in brackets',
    'list',
    'deb [arch=arm64 signed-by=/k.gpg] http://a.test/debian trixie main\ndeb-src [x=y]\thttp://a.test/debian trixie main # why',
    `deb [arch=arm64 signed-by=/k.gpg] ${M} trixie main\ndeb-src [x=y]\t${M} trixie main # why`,
  ],
  [
    'a slash at the end',
    'list',
    'deb http://a.test/debian/ trixie main',
    `deb ${M} trixie main`,
    'deb http://a.test/debian trixie main',
  ],
  [
    'the second mirror',
    'list',
    'deb http://b.test/debian trixie main',
    `deb ${M} trixie main`,
    'deb http://a.test/debian trixie main',
  ],
  [
    'comments',
    'list',
    '# deb http://a.test/debian trixie main\n#deb http://a.test/debian x y\n',
    '# deb http://a.test/debian trixie main\n#deb http://a.test/debian x y\n',
  ],
  [
    'other servers',
    'list',
    'deb http://a.test/debian-security s main\ndeb http://c.test/debian s main',
    'deb http://a.test/debian-security s main\ndeb http://c.test/debian s main',
  ],
  [
    'stanzas',
    'sources',
    'Types: deb\nURIs: http://a.test/debian\nSuites: trixie\nSigned-By:\n http://a.test/debian\n .\n\n# URIs: http://a.test/debian\nTypes: deb\nuris:http://a.test/debian\n',
    `Types: deb\nURIs: ${M}\nSuites: trixie\nSigned-By:\n http://a.test/debian\n .\n\n# URIs: http://a.test/debian\nTypes: deb\nuris:${M}\n`,
  ],
  [
    'a field of several lines with a comment in it',
    'sources',
    'URIs: http://c.test/x\n# not this: http://a.test/debian\n  http://a.test/debian\n\thttp://d.test/y\nSuites: trixie\n',
    `URIs: http://c.test/x\n# not this: http://a.test/debian\n  ${M}\n\thttp://d.test/y\nSuites: trixie\n`,
  ],
  [
    'several addresses in one field, two of them mirrors',
    'sources',
    'URIs: http://a.test/debian http://c.test/x\n http://b.test/debian\nSuites: trixie',
    `URIs: ${M} http://c.test/x\nSuites: trixie`,
    'URIs: http://a.test/debian http://c.test/x\nSuites: trixie',
  ],
]

describe('apt sources', () => {
  for (const [what, format, before, hardened, cleaned = before] of CASES) {
    test(`with ${what} are hardened and cleaned, once and for all`, () => {
      expect(harden(before, format, names)).toBe(hardened)
      expect(harden(hardened, format, names)).toBe(hardened)
      expect(clean(hardened, format, names)).toBe(cleaned)
      expect(clean(cleaned, format, names)).toBe(cleaned)
    })
  }
  test('of no mirror stay as they are', () => {
    for (const [, format, before] of CASES) expect(harden(before, format, { uris: [], uri: M })).toBe(before)
  })
})

describe('a rootfs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-sources-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const text = 'deb http://b.test/debian/ trixie main\n'
  /** One folder stands for the merged view and for `upper`: as if all had been copied up. */
  const lend = (name: string) => {
    const root = join(folder, name)
    mkdirSync(join(root, 'etc/apt/sources.list.d'), { recursive: true })
    const file = join(root, 'etc/apt/sources.list')
    writeFileSync(file, text)
    writeFileSync(join(root, 'etc/apt/sources.list.d/other.list'), 'deb http://c.test/x s m\n')
    const lent = lendMirrors(root, names)
    return { root, file, lent, back: () => takeMirrorsBack(root, lent, names) }
  }

  test('has sources that name all mirrors while it is open, and no copy of them afterwards', () => {
    const { root, file, back } = lend('same')
    expect(readFileSync(file, 'utf8')).toBe(`deb ${M} trixie main\n`)
    back()
    expect(existsSync(file)).toBe(false)
    expect(readFileSync(join(root, 'etc/apt/sources.list.d/other.list'), 'utf8')).toBe('deb http://c.test/x s m\n')
  })
  test('keeps what a stage changed in them, with the first mirror', () => {
    const { root, file, back } = lend('changed')
    writeFileSync(file, `${readFileSync(file, 'utf8')}deb http://c.test/x s m\n`)
    writeFileSync(join(root, 'etc/apt/sources.list.d/new.sources'), `URIs: ${M}\n`)
    back()
    expect(readFileSync(file, 'utf8')).toBe('deb http://a.test/debian trixie main\ndeb http://c.test/x s m\n')
    expect(readFileSync(join(root, 'etc/apt/sources.list.d/new.sources'), 'utf8')).toBe(`URIs: ${names.uris[0]}\n`)
  })
  test('keeps a mode that a stage gave them', () => {
    const { file, back } = lend('mode')
    chmodSync(file, 0o600)
    back()
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
  test('from which a stage removed them has none', () => {
    const { file, back } = lend('removed')
    rmSync(file)
    back()
    expect(existsSync(file)).toBe(false)
  })
})
