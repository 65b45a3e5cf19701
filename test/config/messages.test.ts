import { BASE, RPI, table } from './folder.ts'

const file = (line: string): string => `${BASE}components:\n  - {type: file, source: main.yaml, ${line}}\n`

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
      'main.yaml:2 target: is missing [write `rpi`, `jetson` or `generic`]',
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
    ['main.yaml:7 components[0].type: is missing [write `file`, `directory`, `systemd` or `docker-compose`]'],
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
    ['main.yaml:2 target: must be `rpi`, `jetson` or `generic`, not `genric` [did you mean `generic`?]'],
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
