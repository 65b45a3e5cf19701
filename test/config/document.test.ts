import { BASE, table } from './folder.ts'

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
