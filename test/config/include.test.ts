import { describe, expect, test } from 'bun:test'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../scripts/config/load.ts'
import { BASE, type Files, inFolder, load, problems, problemsIn } from './folder.ts'

const main = (more: string): string => `${BASE}${more}`
const packages = async (files: Files): Promise<unknown> => (await load(files)).config.packages

describe('!include', () => {
  test('a path stands for what its file holds', async () => {
    const { config, files, locate } = await load({
      'main.yaml': main('system: !include a/b.yaml\n'),
      'a/b.yaml': '# \nhostname: h\n',
    })
    expect(config.system.hostname).toBe('h')
    expect(files.map(file => file.split('/').at(-1))).toEqual(['main.yaml', 'b.yaml'])
    expect(locate(['system', 'hostname'])).toEqual({ file: expect.stringMatching(/a\/b\.yaml$/), line: 2 })
    expect(locate(['system', 'locale'])).toEqual({ file: expect.stringMatching(/a\/b\.yaml$/), line: 2 })
  })

  test('a mapping with urlpath is the same', async () => {
    expect(await packages({ 'main.yaml': main('packages: !include {urlpath: a.yaml}\n'), 'a.yaml': '[vim]' })).toEqual([
      'vim',
    ])
  })

  test('an included path starts from the file that includes it', async () => {
    const files = {
      'main.yaml': main('packages: !include a/b.yaml\n'),
      'a/b.yaml': '!include c.yaml',
      'a/c.yaml': '[vim]',
    }
    expect(await packages(files)).toEqual(['vim'])
  })

  test('the same file may be included twice', async () => {
    const files = { 'main.yaml': main('packages: !include a.yaml\ndepends: !include a.yaml\n'), 'a.yaml': '[vim]' }
    expect((await load(files)).config.depends).toEqual(['vim'])
  })

  test('a list in a list joins it', async () => {
    const files = {
      'main.yaml': main('packages: [a1, !include b.yaml, c1, !include none*.yaml]\n'),
      'b.yaml': '[b1, b2]',
    }
    expect(await packages(files)).toEqual(['a1', 'b1', 'b2', 'c1'])
  })

  test('a problem in a list that joined another is named by where it ends up', async () => {
    const files = { 'main.yaml': main('packages: [a1, !include b.yaml]\n'), 'b.yaml': '- b1\n- !ENV X\n- B\n' }
    expect(await problems(files)).toEqual([
      expect.stringMatching(/^b\.yaml:2 packages\[2\]: needs the environment variable `X`/),
      'b.yaml:3 packages[3]: `B` is not a Debian package name',
    ])
  })

  test('a merge may come from a file, and own keys win', async () => {
    const files = { 'main.yaml': '<<: !include base.yaml\nname: mine\n', 'base.yaml': main('packages: [vim]\n') }
    const { config } = await load(files)
    expect([config.name, config.arch, config.packages]).toEqual(['mine', 'amd64', ['vim']])
  })

  test('a merged key is taken away by giving it nothing', async () => {
    const files = { 'main.yaml': '<<: !include base.yaml\npackages:\n', 'base.yaml': main('packages: [vim]\n') }
    expect(await packages(files)).toEqual([])
  })

  test('a link inside the folder is followed', async () => {
    await inFolder({ 'main.yaml': main('packages: !include l*.yaml\n'), 'a.yaml': 'vim' }, async folder => {
      symlinkSync('a.yaml', join(folder, 'l.yaml'))
      expect((await loadConfig(join(folder, 'main.yaml'))).config.packages).toEqual(['vim'])
    })
  })
})

const USAGE =
  'write `!include path`, `!include [path, depth]` or `!include {urlpath: …, glob: {maxdepth: 1}, flatten: true}`'
const rows: [title: string, include: string, files: Files, expected: string[]][] = [
  [
    'a missing file names the line of the include and a near name',
    'p.yml',
    { 'p.yaml': '[]' },
    ['main.yaml:6 packages: includes `p.yml`, which does not exist [did you mean `p.yaml`?]'],
  ],
  [
    'a folder is refused',
    'd',
    { 'd/x': '' },
    ['main.yaml:6 packages: includes `d`, which is a directory, not a YAML file'],
  ],
  ['an empty file is refused', 'a.yaml', { 'a.yaml': '# \n' }, ['a.yaml packages: is empty']],
  ['a binary file is refused', 'a.yaml', { 'a.yaml': 'a\0' }, ['a.yaml packages: is a binary file, not YAML']],
  [
    'bytes that are not UTF-8 are refused',
    'a.yaml',
    { 'a.yaml': new Uint8Array([0xff]) },
    ['a.yaml packages: is not UTF-8 text'],
  ],
  [
    'a large file is refused',
    'a.yaml',
    { 'a.yaml': ' '.repeat(1048577) },
    ['a.yaml packages: is too large: 1048577 bytes, and 1048576 are allowed'],
  ],
  [
    'broken YAML names its own file and line',
    'a.yaml',
    { 'a.yaml': 'a:\n\tb\n' },
    ['a.yaml:2 packages: is indented with a tab [YAML wants spaces]'],
  ],
  [
    'a bad value names its own file and line',
    'a.yaml',
    { 'a.yaml': '- vim\n- Vim_x\n' },
    ['a.yaml:2 packages[1]: `Vim_x` is not a Debian package name'],
  ],
  [
    'a wrong type names its own file',
    'a.yaml',
    { 'a.yaml': '# \nvim: 1\n' },
    ['a.yaml:2 packages: must be a list, not a mapping'],
  ],
  [
    'a cycle names its chain',
    'a.yaml',
    { 'a.yaml': '[!include b.yaml]', 'b.yaml': '- !include a.yaml\n' },
    ['b.yaml:1 packages[0]: includes itself: a.yaml → b.yaml → a.yaml'],
  ],
  [
    'a wildcard that matches the including file is a cycle',
    '"*.yaml"',
    {},
    ['main.yaml:6 packages[0]: includes itself: main.yaml → main.yaml'],
  ],
  [
    'a URL is refused',
    'https://example.org/a.yaml',
    {},
    ['main.yaml:6 packages: includes the URL `https://example.org/a.yaml` [download the file and include the copy]'],
  ],
  [
    'a path out of the folder is refused, whether it exists or not',
    '../../etc/passwd',
    {},
    [
      "main.yaml:6 packages: includes `../../etc/passwd`, which is outside the config's folder [move it into that folder, or allow it with `--allow-outside`]",
    ],
  ],
  [
    'an absolute path out of the folder is refused',
    '/etc/*',
    {},
    [
      "main.yaml:6 packages: includes `/etc/*`, which is outside the config's folder [move it into that folder, or allow it with `--allow-outside`]",
    ],
  ],
  [
    'a wildcard cannot climb',
    '"*/../../*"',
    { 'd/x': '' },
    ['main.yaml:6 packages: includes `*/../../*`, which has a `..` behind a wildcard'],
  ],
  [
    'only lists can be flattened',
    '{urlpath: "l/*", flatten: true}',
    { 'l/1': '[a1]', 'l/2': 'vim' },
    ['l/2:1 packages: `flatten` joins lists, and this file holds something else'],
  ],
  [
    'flatten is true or false',
    '{urlpath: a, flatten: 1}',
    {},
    ['main.yaml:6 packages: `flatten` must be `true` or `false`'],
  ],
  [
    'an unknown parameter is refused',
    '{path: a}',
    {},
    [`main.yaml:6 packages: \`!include\` has no parameter \`path\` [${USAGE}]`],
  ],
  ['a path is needed', '{flatten: true}', {}, [`main.yaml:6 packages: \`!include\` needs a path [${USAGE}]`]],
  ['an empty path is none', '""', {}, [`main.yaml:6 packages: \`!include\` needs a path [${USAGE}]`]],
  [
    'a depth is a number',
    '[a*, x]',
    {},
    [`main.yaml:6 packages: the depth of \`!include\` must be a whole number from 1 [${USAGE}]`],
  ],
  [
    'two parameters are enough',
    '[a*, 1, 2]',
    {},
    [`main.yaml:6 packages: \`!include\` takes a path and a depth [${USAGE}]`],
  ],
  [
    'the environment does not choose files',
    '{urlpath: !ENV A}',
    {},
    ['main.yaml:6 packages: `!include` takes no `!ENV`: what is built would depend on it unseen'],
  ],
]

describe('a bad !include', () => {
  test.each(rows)('%s', async (_, include, files, expected) => {
    expect(await problems({ 'main.yaml': main(`packages: !include ${include}\n`), ...files })).toEqual(expected)
  })

  test('a link that leaves the folder is refused', async () => {
    await inFolder(
      { 'c/main.yaml': main('packages: !include l.yaml\ndepends: !include "l*"\n'), 'a.yaml': '[vim]' },
      async folder => {
        symlinkSync('../a.yaml', join(folder, 'c/l.yaml'))
        expect(await problemsIn(join(folder, 'c'))).toEqual([
          expect.stringContaining("packages: includes `l.yaml`, which is outside the config's folder"),
          expect.stringContaining("depends[0]: includes `l.yaml`, which is outside the config's folder"),
        ])
      },
    )
  })

  test('it is allowed outside where the caller says so', async () => {
    await inFolder({ 'a.yaml': '[vim]' }, async folder => {
      mkdirSync(join(folder, 'c'))
      writeFileSync(join(folder, 'c/main.yaml'), main('packages: !include ../a.yaml\n'))
      const { config } = await loadConfig(join(folder, 'c/main.yaml'), { allowOutside: true })
      expect(config.packages).toEqual(['vim'])
    })
  })

  test('a named pipe is refused, not waited for', async () => {
    await inFolder(main('packages: !include p\n'), async folder => {
      Bun.spawnSync(['mkfifo', join(folder, 'p')])
      expect(await problemsIn(folder)).toEqual(['main.yaml:6 packages: includes `p`, which is not a regular file'])
    })
  })
})
