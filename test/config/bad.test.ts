// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
import { describe, expect, test } from 'bun:test'
import { BASE, type Files, problems, RPI } from './folder.ts'

/** What is true of the loader, the config (all of it, or what follows BASE), and every problem in it. */
type Row = [title: string, config: string | Files, expected: string[]]

const table = (name: string, rows: Row[]): void =>
  describe(name, () => {
    test.each(rows)('%s', async (_, config, expected) => {
      expect(await problems(config)).toEqual(expected)
    })
  })
const file = (line: string): string => `${BASE}components:\n  - {type: file, source: main.yaml, ${line}}\n`

table('YAML', [
  ['an empty file is refused', '', ['main.yaml : is empty']],
  ['a file of comments is empty', '# nothing\n', ['main.yaml : is empty']],
  [
    'a list at the top is refused',
    '# a comment\n- a\n',
    ['main.yaml:2 : the top level must be a mapping, not a list [a config starts with keys such as `name: rpi`]'],
  ],
  [
    'a single value at the top is refused',
    'rpi\n',
    [
      'main.yaml:1 : the top level must be a mapping, not a single value [a config starts with keys such as `name: rpi`]',
    ],
  ],
  [
    'a tab as indentation is named as such',
    'system:\n\thostname: x\n',
    ['main.yaml:2 : is indented with a tab [YAML wants spaces]'],
  ],
  [
    'a second document is refused',
    `${BASE}---\nname: b\n`,
    ['main.yaml:6 : holds more than one YAML document [keep one, without a `---` after it]'],
  ],
  [
    'broken YAML names its line and what the parser says',
    `${BASE}packages: [a\nsystem: {}\n`,
    [
      'main.yaml:7 : is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  [
    'a reserved first letter is to be quoted',
    `${BASE}packages: [@a]\n`,
    ['main.yaml:6 : is not valid YAML: plain value cannot start with reserved character @ [put the value in quotes]'],
  ],
  [
    'YAML 1.1 cannot be switched on',
    `%YAML 1.1\n---\n${BASE}`,
    ['main.yaml:1 : asks for an old YAML, and only YAML 1.2 is read [remove the `%YAML` line]'],
  ],
  ['a binary file is refused', { 'main.yaml': 'name: a\0b\n' }, ['main.yaml : is a binary file, not YAML']],
  ['Latin-1 is refused', { 'main.yaml': new Uint8Array([0x61, 0x3a, 0xe4]) }, ['main.yaml : is not UTF-8 text']],
  [
    'a file that is too large is not read',
    `#${'x'.repeat(1024 * 1024)}`,
    ['main.yaml : is too large: 1048577 bytes, and 1048576 are allowed'],
  ],
  [
    'a key given twice names both lines',
    `${BASE}system:\n  hostname: a\n  hostname: b\n`,
    ['main.yaml:8 system.hostname: is given twice, first on line 7 [keep one of the two]'],
  ],
  ['a key that is no text is refused', `${BASE}? [a]\n: b\n`, ['main.yaml:6 : has a key that is not plain text']],
  [
    'an unknown tag is refused, with the one that was meant',
    `${BASE}system: !include_ x\nnetwork: !!set {a}\n`,
    [
      'main.yaml:6 system: has the unknown tag `!include_` [did you mean `!include`?]',
      'main.yaml:7 network: has the unknown tag `tag:yaml.org,2002:set` [the tags are `!include` and `!ENV`]',
    ],
  ],
  [
    'an alias without an anchor before it is refused',
    `${BASE}packages: *later\n`,
    ['main.yaml:6 packages: no anchor `&later` stands before this alias [a value that starts with `*` needs quotes]'],
  ],
  [
    'only a mapping can be merged',
    `${BASE}system:\n  <<: [text]\n`,
    ['main.yaml:7 system.<<: merges something that is not a mapping [write `<<: *anchor` or `<<: !include file.yaml`]'],
  ],
])

table('keys', [
  [
    'a misspelt key names the right one',
    `${BASE}pakages: []\n`,
    ['main.yaml:6 pakages: is not a known key [did you mean `packages`?]'],
  ],
  [
    'every unknown key is named, not only the first',
    `${BASE}system:\n  hostnmae: a\n  locael: b\n`,
    [
      'main.yaml:7 system.hostnmae: is not a known key [did you mean `hostname`?]',
      'main.yaml:8 system.locael: is not a known key [did you mean `locale`?]',
    ],
  ],
  [
    'a key in the wrong place is told where it belongs',
    `${BASE}locale: de_DE.UTF-8\n`,
    ['main.yaml:6 locale: is not a known key [`locale` belongs at `system.locale`]'],
  ],
  [
    'a key like no other is shown what there is',
    `${BASE}network: {zzz: 1}\n`,
    ['main.yaml:6 network.zzz: is not a known key [known here: `nameservers`, `wifi`]'],
  ],
  [
    'missing keys are all named, where the mapping starts',
    '# a comment\noutputs: [rootfs]\n',
    [
      'main.yaml:2 name: is missing [it must be text]',
      'main.yaml:2 target: is missing [write `rpi` or `generic`]',
      'main.yaml:2 arch: is missing [write `amd64`, `arm64` or `armhf`]',
      'main.yaml:2 from: is missing [it must be a mapping]',
    ],
  ],
  [
    'a misspelt key is not missing as well',
    BASE.replace('target', 'traget'),
    ['main.yaml:2 traget: is not a known key [did you mean `target`?]'],
  ],
  [
    'a component without a type is asked for it',
    `${BASE}components:\n  - {source: a, target: /a}\n`,
    ['main.yaml:7 components[0].type: is missing [write `file`, `directory` or `systemd`]'],
  ],
  [
    'a component has the keys of its type only',
    `${BASE}components:\n  - type: systemd\n    service: a.service\n    target: /a\n`,
    [
      'main.yaml:8 components[0].service: `a.service` does not exist [looked for a.service]',
      'main.yaml:9 components[0].target: is not a known key [known here: `type`, `service`, `enable`]',
    ],
  ],
])

table('values', [
  [
    'a word that is not in the list names the nearest',
    BASE.replace('generic', 'genric'),
    ['main.yaml:2 target: must be `rpi` or `generic`, not `genric` [did you mean `generic`?]'],
  ],
  [
    'a number where text should be is to be quoted as it was written',
    BASE.replace('small', '1.10'),
    ['main.yaml:1 name: must be text, not `1.10` [put it in quotes: `"1.10"`]'],
  ],
  [
    'a `yes` is not true',
    `${BASE}system:\n  ssh: yes\n`,
    ['main.yaml:7 system.ssh: must be true or false, not `yes` [write `true`: YAML 1.2 has no `yes`]'],
  ],
  [
    'a single value where a list should be is refused',
    `${BASE}packages: vim\n`,
    ['main.yaml:6 packages: must be a list, not `vim` [a list of one is written `[value]`]'],
  ],
  [
    'a list where a mapping should be is refused, once',
    `${BASE.replace('{debian: {}}', '[a]')}system: [a]\n`,
    ['main.yaml:4 from: must be a mapping, not a list', 'main.yaml:6 system: must be a mapping, not a list'],
  ],
  [
    'a list in place of a component is refused',
    `${BASE}components: [[]]\n`,
    ['main.yaml:6 components[0]: must be a mapping, not a list'],
  ],
  [
    'a bad element is named by its place',
    `${BASE}packages:\n  - vim\n  -\n  - Vim_x\n`,
    [
      'main.yaml:8 packages[1]: is empty [it must be text]',
      'main.yaml:9 packages[2]: `Vim_x` is not a Debian package name',
    ],
  ],
  [
    'a path on the device is absolute and stays where it is',
    file('target: /etc/../passwd'),
    ['main.yaml:7 components[0].target: must be an absolute path without `..`, not `/etc/../passwd`'],
  ],
  [
    'a mode with an 8 is refused although YAML reads a number',
    file('target: /a, chmod: 08'),
    ['main.yaml:7 components[0].chmod: `08` is not a file mode: write octal (`0644`) or symbolic (`u=rw,go=r`)'],
  ],
  [
    'a mode of four digits with an 8 is refused',
    file('target: /a, chmod: 0888'),
    ['main.yaml:7 components[0].chmod: `0888` is not a file mode: write octal (`0644`) or symbolic (`u=rw,go=r`)'],
  ],
  [
    'an owner with a space is refused',
    file('target: /a, chown: root root'),
    ['main.yaml:7 components[0].chown: `root root` is not an owner: write `user` or `user:group`'],
  ],
  [
    'a locale that is none is refused',
    `${BASE}system: {locale: english}\n`,
    ['main.yaml:6 system.locale: `english` is not a locale such as `en_GB.UTF-8`'],
  ],
  [
    'a password in clear is refused and not repeated',
    `${BASE}system: {user: {name: a, password_hash: hunter2}}\n`,
    ['main.yaml:6 system.user.password_hash: the value is not a password hash: make one with `openssl passwd -6`'],
  ],
  [
    'a level out of range says the range',
    `${BASE}image: {compression: {format: zstd, level: 50}}\n`,
    ['main.yaml:6 image.compression.level: must be from 1 to 19, not `50`'],
  ],
  [
    'a NUL in a value is refused',
    `${BASE}system: {keyboard: {layout: "g\\0b"}}\n`,
    ['main.yaml:6 system.keyboard.layout: holds a control character'],
  ],
  [
    'an escape sequence in a path is refused before the path is looked for',
    `${BASE}stages: ["a\\e[2J"]\n`,
    ['main.yaml:6 stages[0]: holds a control character'],
  ],
  [
    'a line break in a value is refused',
    `${BASE}system:\n  keyboard:\n    layout: |\n      gb\n`,
    [
      'main.yaml:8 system.keyboard.layout: holds a line break [keep it on one line; a block of text ends with one unless it starts with `>-`]',
    ],
  ],
  [
    'problems of all kinds come together, sorted by line',
    `${RPI.replace('arm64', 'armhf')}pakages: []\nsystem: {locale: xyz!, ssh: true}\nstages: [nope]\n`,
    [
      'main.yaml:3 arch: must be `arm64` for the target `rpi` [32-bit Raspberry Pi OS is not supported yet]',
      'main.yaml:6 pakages: is not a known key [did you mean `packages`?]',
      'main.yaml:7 system.locale: `xyz!` is not a locale such as `en_GB.UTF-8`',
      'main.yaml:8 stages[0]: `nope` does not exist [looked for nope]',
    ],
  ],
])

table('!ENV', [
  [
    'a variable that is not set names itself, file and line',
    `${BASE}system:\n  hostname: !ENV "\${HOST}"\n`,
    [
      'main.yaml:7 system.hostname: needs the environment variable `HOST`, which is not set [set it, or write a default: `${HOST:-…}`]',
    ],
  ],
  [
    'a value that is missing is not complained about twice',
    `${RPI}system: {user: {name: pi, password_hash: !ENV HASH}}\npackages: [!ENV A, "B"]\n`,
    [
      'main.yaml:6 system.user.password_hash: needs the environment variable `HASH`, which is not set [set it, or write a default: `${HASH:-…}`]',
      'main.yaml:7 packages[0]: needs the environment variable `A`, which is not set [set it, or write a default: `${A:-…}`]',
      'main.yaml:7 packages[1]: `B` is not a Debian package name',
    ],
  ],
  [
    'a variable may say itself why it is needed',
    `${BASE}system: {hostname: !ENV "\${HOST:?name the machine}"}\n`,
    ['main.yaml:6 system.hostname: needs the environment variable `HOST`: name the machine'],
  ],
  [
    'text without a variable is refused',
    `${BASE}system: {hostname: !ENV "just text"}\n`,
    ['main.yaml:6 system.hostname: names no environment variable [write `!ENV VAR` or `!ENV ${VAR:-default}`]'],
  ],
  [
    'a variable inside a default is refused',
    `${BASE}system: {hostname: !ENV "\${A:-\${B}}"}\n`,
    ['main.yaml:6 system.hostname: has a variable inside a default [a default is plain text: `${VAR:-text}`]'],
  ],
  [
    'a reference that is never closed is refused',
    `${BASE}system: {hostname: !ENV "\${A"}\n`,
    [
      'main.yaml:6 system.hostname: has a `${` that is not `${VAR}` [write `${VAR}`, `${VAR:-default}` or `${VAR:?message}`]',
    ],
  ],
  [
    'a list from the environment is refused',
    `${BASE}packages: !ENV [A]\n`,
    ['main.yaml:6 packages: `!ENV` takes text, not a list or a mapping'],
  ],
])
