import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BASE, type Files, inFolder, problemsIn } from './folder.ts'
import { type Case, link, table } from './include-case.ts'

const OUT = "which is outside the config's folder [move it into that folder, or allow it with `--allow-outside`]"
const deep = (count: number): Files =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`, `[!include ${i + 1}]`]))

const hostile: Case[] = [
  ['/dev/zero is outside', '/dev/zero', {}, `main.yaml:6 packages: includes \`/dev/zero\`, ${OUT}`],
  ['a link to /dev/zero is outside', 'l', {}, `main.yaml:6 packages: includes \`l\`, ${OUT}`, link('/dev/zero', 'l')],
  [
    'a pipe is not waited for',
    'p',
    {},
    'main.yaml:6 packages: includes `p`, which is not a regular file',
    folder => void Bun.spawnSync(['mkfifo', join(folder, 'p')]),
  ],
  [
    'a pipe is no match of a wildcard',
    '"p/*"',
    { 'p/a': 'a1' },
    ['a1'],
    folder => void Bun.spawnSync(['mkfifo', join(folder, 'p/f')]),
  ],
  [
    'a socket is no file',
    's',
    {},
    'main.yaml:6 packages: includes `s`, which is not a regular file',
    folder =>
      void Bun.spawnSync([
        'python3',
        '-c',
        'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
        join(folder, 's'),
      ]),
  ],
  [
    'a folder is no file',
    'p',
    { 'p/a': '' },
    'main.yaml:6 packages: includes `p`, which is a directory, not a YAML file',
  ],
  [
    'a link to itself is said to be one',
    'l',
    {},
    'main.yaml:6 packages: includes `l`, which is a symbolic link that leads back to itself',
    link('l', 'l'),
  ],
  ['a folder that holds itself ends a wildcard', '"p/**/*"', { 'p/a': 'a1' }, ['a1'], link('.', 'p/l')],
  ['a mebibyte is read', 'a', { a: `[vim]${' '.repeat(1024 * 1024 - 5)}` }, ['vim']],
  [
    'a byte more is not',
    'a',
    { a: `[vim]${' '.repeat(1024 * 1024 - 4)}` },
    'a packages: is too large: 1048577 bytes, and 1048576 are allowed',
  ],
  [
    'a terabyte of nothing is not',
    'a',
    {},
    'a packages: is too large: 1099511627776 bytes, and 1048576 are allowed',
    folder => void Bun.spawnSync(['truncate', '-s', '1T', join(folder, 'a')]),
  ],
  ['a NUL in a path', '"a\\0b"', {}, 'main.yaml:6 packages: includes a path with a NUL in it'],
  ['a NUL in a wildcard', '"a\\0*"', {}, 'main.yaml:6 packages: includes a path with a NUL in it'],
  ['a NUL in a file', 'a', { a: '- v\0m' }, 'a packages: is a binary file, not YAML'],
  ['a name of 5000 letters', 'n'.repeat(5000), {}, 'main.yaml:6 packages: includes `nnn'],
  [
    'a name in another normal form is another',
    '"p/\u00e9"',
    { 'p/e\u0301': '[vim]' },
    'main.yaml:6 packages: includes `p/\u00e9`, which does not exist [a file there looks the same, in another Unicode normal form]',
  ],
  ['a name in the same normal form is it', '"p/e\u0301"', { 'p/e\u0301': '[vim]' }, ['vim']],
  [
    'a match whose name is not UTF-8 is not passed over',
    '"p/*"',
    { 'p/x': 'vim' },
    'main.yaml:6 packages[1]: includes `p/\uFFFD`, which has a name that is not UTF-8 text',
    folder => writeFileSync(Buffer.concat([Buffer.from(`${folder}/p/`), Buffer.from([0xff])]), 'vim'),
  ],
  [
    'a name cannot write to the terminal',
    '"\\e]2J"',
    {},
    'main.yaml:6 packages: includes `\\u001b]2J`, which does not exist',
  ],
  [
    '`..` behind a wildcard',
    '"*/../a"',
    { 'p/x': '', a: 'a1' },
    'main.yaml:6 packages: includes `*/../a`, which has a `..` behind a wildcard',
  ],
  ['many stars in one name', `"p/${'*a'.repeat(30)}b"`, { [`p/${'a'.repeat(200)}`]: 'a1' }, []],
  ['many `**`', '"p/**/**/**/**/**/**/**/**/x"', { 'p/x': 'x1' }, ['x1'], folder => branches(join(folder, 'p'), 5)],
  [
    'many `**` with names between',
    '"p/**/0/**/1/**/0/**/x"',
    { 'p/x': 'x1' },
    [],
    folder => branches(join(folder, 'p'), 5),
  ],
  [
    'a depth of a thousand includes',
    '0',
    { ...deep(1000), 1000: '[vim]' },
    '31:1 packages[0]: is nested deeper than 64 levels',
  ],
  ['a mark of the byte order is no text', 'a', { a: '\ufeff- vim\n' }, ['vim']],
  ['lines may end as on Windows', 'a', { a: '- vim\r\n- git\r\n' }, ['vim', 'git']],
  ['UTF-16 is refused', 'a', { a: Buffer.from('\ufeff- vim\n', 'utf16le') }, 'a packages: is not UTF-8 text'],
  [
    'a second document is refused',
    'a',
    { a: '[vim]\n---\n[git]\n' },
    'a:2 packages: holds more than one YAML document',
  ],
  ['an anchor stays in its file', '[&x a]', { a: '[*x]' }, 'a:1 packages[0]: no anchor `&x` stands before this alias'],
]

function branches(folder: string, levels: number): void {
  mkdirSync(folder, { recursive: true })
  for (const name of levels > 0 ? ['0', '1', '2'] : []) branches(join(folder, name), levels - 1)
}

table('a hostile !include', hostile)

describe('a file that !include reads', () => {
  test('is not read by whom it is not for', async () => {
    await inFolder({ 'main.yaml': `${BASE}packages: !include a\n`, a: '[vim]' }, folder => {
      Bun.spawnSync(['chmod', '000', join(folder, 'a')])
      const script = `import { loadConfig } from '${join(import.meta.dir, '../../scripts/config/load.ts')}'
        await loadConfig('${folder}/main.yaml', { env: {} }).catch(error => console.log(error.message))`
      // Root without the right to read everything; not somebody else, who may not come to where this program is.
      const less = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : []
      const { stdout } = Bun.spawnSync([...less, process.execPath, '-e', script])
      expect(stdout.toString()).toBe('packages: includes `a`, which may not be read: permission denied\n')
    })
  })

  test('may become another kind of file at any moment: nothing is waited for', async () => {
    await inFolder({ 'main.yaml': `${BASE}packages: !include a\n`, b: '[vim]' }, async folder => {
      const swap =
        'cd "$1"; mkfifo p; while :; do ln -sf b n; mv -T n a; ln -sf p n; mv -T n a; ln -sfn . n; mv -T n a; done'
      const swapper = Bun.spawn(['sh', '-c', swap, 'sh', folder], { stderr: 'ignore' })
      try {
        const said = new Set<string>()
        for (const begun = Date.now(); Date.now() - begun < 1500; )
          for (const line of await problemsIn(folder)) said.add(line.replace(/ \[.*/, ''))
        const allowed = ['does not exist', 'is not a regular file', 'is a directory, not a YAML file']
        expect(
          [...said].filter(line => !allowed.some(why => line === `main.yaml:6 packages: includes \`a\`, which ${why}`)),
        ).toEqual([])
        expect(said.size).toBeGreaterThan(1)
      } finally {
        swapper.kill()
        await swapper.exited
      }
    })
  })
})
