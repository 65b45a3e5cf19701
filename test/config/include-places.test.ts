import { type Case, link, table } from './include-case.ts'

const OUT = "which is outside the config's folder [move it into that folder, or allow it with `--allow-outside`]"
const places: Case[] = [
  [
    'a path starts from the file that includes it',
    'p/a',
    { 'p/a': '!include q/b', 'p/q/b': '!include ../c', 'p/c': '[vim]' },
    ['vim'],
  ],
  ['a wildcard does, too', 'p/a', { 'p/a': '!include "q/*"', 'p/q/b': 'b1', 'q/b': 'wrong' }, ['b1']],
  ['`..` inside the folder is fine', '"p/../q/*"', { 'p/x': '', 'q/a': 'a1' }, ['a1']],
  ['a name may begin with two dots', '"..p/*"', { '..p/a': 'a1' }, ['a1']],
  ['two files may include one', '"p/*"', { 'p/a': '!include ../c', 'p/b': '!include ../c', c: 'vim' }, ['vim', 'vim']],
  ['a file that includes itself is a cycle', 'a', { a: '!include a' }, 'a:1 packages: includes itself: a → a'],
  [
    'a cycle of three names all of them',
    'a',
    { a: '!include b', b: '!include c', c: '!include b' },
    'c:1 packages: includes itself: b → c → b',
  ],
  ['a cycle through a link ends', 'a', { a: '!include l' }, 'l:1 packages: includes itself: l → l', link('a', 'l')],
  [
    'a cycle through the config itself',
    'a',
    { a: '!include main.yaml' },
    'a:1 packages: includes itself: main.yaml → a → main.yaml',
  ],
  ['http is refused', 'http://h/a', {}, 'main.yaml:6 packages: includes the URL `http://h/a` [download the file'],
  [
    'a URL with a wildcard is one',
    '"https://h/*"',
    {},
    'main.yaml:6 packages: includes the URL `https://h/*` [download the file',
  ],
  [
    'a URL in capitals is one',
    'FTP://h/a',
    {},
    'main.yaml:6 packages: includes the URL `FTP://h/a` [download the file',
  ],
  [
    'file:// is a URL',
    'file:///etc/passwd',
    {},
    'main.yaml:6 packages: includes the URL `file:///etc/passwd` [download the file',
  ],
  [
    'a scheme alone is a name',
    'file:/etc/passwd',
    {},
    'main.yaml:6 packages: includes `file:/etc/passwd`, which does not exist',
  ],
  ['an absolute path leaves', '/etc/hostname', {}, `main.yaml:6 packages: includes \`/etc/hostname\`, ${OUT}`],
  ['two slashes leave', '//etc/hostname', {}, `main.yaml:6 packages: includes \`//etc/hostname\`, ${OUT}`],
  ['`..` leaves', 'p/../../x', { 'p/x': '' }, `main.yaml:6 packages: includes \`p/../../x\`, ${OUT}`],
  ['`..` before a wildcard leaves', '"../*"', {}, `main.yaml:6 packages: includes \`../*\`, ${OUT}`],
  [
    'a file included from a subfolder may not leave, either',
    'p/a',
    { 'p/a': '!include ../../x' },
    `p/a:1 packages: includes \`../../x\`, ${OUT}`,
  ],
  ['a link to a file leaves', 'l', {}, `main.yaml:6 packages: includes \`l\`, ${OUT}`, link('/etc/hostname', 'l')],
  [
    'a link to a folder leaves',
    'l/hostname',
    {},
    `main.yaml:6 packages: includes \`l/hostname\`, ${OUT}`,
    link('/etc', 'l'),
  ],
  ['a wildcard behind a link leaves', '"l/*"', {}, `main.yaml:6 packages: includes \`l/*\`, ${OUT}`, link('/etc', 'l')],
  [
    'a link to nothing outside tells nothing',
    'l',
    {},
    `main.yaml:6 packages: includes \`l\`, ${OUT}`,
    link('/nowhere/at/all', 'l'),
  ],
  ['a wildcard goes through no link to a folder', '"*/hostname"', {}, [], link('/etc', 'l')],
  ['a link to a folder inside is followed by name', 'l/a', { 'p/a': '[vim]' }, ['vim'], link('p', 'l')],
]

const FILES = { 'outside/a': '[vim]' }
const leaving: Case[] = [
  ['by `..`', '../outside/a', FILES, ['vim']],
  ['by `..` and a wildcard', '{urlpath: "../outside/*", flatten: true}', FILES, ['vim']],
  ['by a link to a file', 'l', FILES, ['vim'], link('../outside/a', 'l')],
  ['by a link to a folder', 'f/a', FILES, ['vim'], link('../outside', 'f')],
  [
    'and climb from wherever a wildcard led',
    '"../*/../x"',
    {},
    'main.yaml:6 packages: includes `../*/../x`, which has a `..` behind a wildcard',
  ],
  ['and meet a device', '/dev/zero', {}, 'main.yaml:6 packages: includes `/dev/zero`, which is not a regular file'],
  ['and meet a terminal', '/dev/tty', {}, 'main.yaml:6 packages: includes `/dev/tty`, which is not a regular file'],
  [
    'and meet memory',
    '/proc/self/mem',
    {},
    'main.yaml:6 packages: includes `/proc/self/mem`, which cannot be read: EIO',
  ],
  [
    'and meet a file of /proc, which says that it is empty',
    '/proc/self/environ',
    {},
    '/proc/self/environ packages: is a binary file, not YAML',
  ],
  ['and still load nothing', 'https://h/a', {}, 'main.yaml:6 packages: includes the URL `https://h/a`'],
]

table('where an !include leads', places)
table('an !include that may leave can do so', leaving, 'in', { allowOutside: true })
