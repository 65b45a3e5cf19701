import { expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { inFolder, problemsIn, table } from '../folder.ts'

const base = (rootfs: string): string =>
  `name: small\ntarget: generic\narch: amd64\nfrom: {rootfs: ${rootfs}}\noutputs: [rootfs]\n`
const sha = 'a'.repeat(64)
const ENDS = 'end in .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .img, .img.gz, .img.xz or .img.zst'
const here = (name: string): Record<string, string> => ({ 'main.yaml': base(`{path: ${name}}`), [name]: '' })

table('a rootfs that is brought along', [
  ...['tar', 'tar.gz', 'tgz', 'tar.bz2', 'tbz2', 'tar.xz', 'tar.zst', 'img', 'img.gz', 'img.xz', 'img.zst'].map(
    (end): [string, Record<string, string>, string[]] => [`may be a .${end}`, here(`x.${end}`), []],
  ),
  ['may be a folder', { 'main.yaml': base('{path: tree}'), 'tree/etc/passwd': '' }, []],
  ['may be at an address', base(`{url: "https://example.org/a/x.tar.xz?y=1", sha256: ${sha}}`), []],
  [
    'is somewhere',
    base('{}'),
    ['main.yaml:4 from.rootfs: has neither `path` nor `url` [write `path: rootfs.tar.xz`, say]'],
  ],
  [
    'is in one place',
    { ...here('x.tar'), 'main.yaml': base('{path: x.tar, url: "https://example.org/x.tar"}') },
    ['main.yaml:4 from.rootfs.url: is given beside `path`, and a rootfs starts from one [keep one of the two]'],
  ],
  [
    'does not come by http',
    base('{url: "http://example.org/x.tar"}'),
    [
      'main.yaml:4 from.rootfs.url: `http://example.org/x.tar` is not an address such as `https://example.org/rootfs.tar.xz`',
    ],
  ],
  [
    'says at its address what it is',
    base('{url: "https://example.org/latest"}'),
    [`main.yaml:4 from.rootfs.url: names neither an archive nor a disk image [it may ${ENDS}]`],
  ],
  [
    'says by its name what it is',
    here('x.zip'),
    [
      `main.yaml:4 from.rootfs.path: \`x.zip\` is neither an archive nor a disk image by its name [it may be a folder, or ${ENDS}]`,
    ],
  ],
  [
    'exists, and a near name is offered',
    { 'main.yaml': base('{path: rootsf.tar}'), 'rootfs.tar': '' },
    ['main.yaml:4 from.rootfs.path: `rootsf.tar` does not exist [did you mean `rootfs.tar`?]'],
  ],
  [
    'has a digest only if it is a file',
    { 'main.yaml': base(`{path: tree, sha256: ${sha}}`), 'tree/etc/passwd': '' },
    ['main.yaml:4 from.rootfs.sha256: is of a file, and the rootfs is a folder [leave it out]'],
  ],
  [
    'has a digest of 64 digits',
    { ...here('x.tar'), 'main.yaml': base('{path: x.tar, sha256: abc}') },
    ['main.yaml:4 from.rootfs.sha256: `abc` is not a SHA-256: 64 digits of 0-9 and a-f'],
  ],
])

test('a rootfs that is a pipe is refused', () =>
  inFolder({ 'main.yaml': base('{path: x.tar}') }, async folder => {
    execFileSync('mkfifo', [`${folder}/x.tar`])
    expect(await problemsIn(folder)).toEqual([
      'main.yaml:4 from.rootfs.path: `x.tar` is neither a file nor a directory, and must be a file',
    ])
  }))

test('a rootfs that may not be read is refused', () =>
  inFolder({ 'main.yaml': base('{path: x.tar}'), 'x.tar': '' }, async folder => {
    chmodSync(`${folder}/x.tar`, 0)
    // Root without the right to read everything; not somebody else, who may not come to where this program is.
    const less = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : ['env']
    const script = `import { loadConfig } from '${import.meta.dir}/../../../scripts/config/load.ts'
      await loadConfig('${folder}/main.yaml').catch(error => console.log(error.message, error.hint))`
    const said = execFileSync(less[0] ?? '', [...less.slice(1), process.execPath, '-e', script])
    expect(said.toString()).toBe('from.rootfs.path: `x.tar` may not be read by you see its permissions\n')
  }))
