import { BASE, table } from '../folder.ts'

const UNIT = '[Unit]\nDescription=a\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n'
const components = (...lines: string[]): string =>
  `${BASE}components:\n${lines.map(line => `  - {${line}}\n`).join('')}`

table('components', [
  [
    'a source exists, and a near name is offered',
    { 'main.yaml': components('type: file, source: hello.cnof, target: /a'), 'hello.conf': '' },
    ['main.yaml:7 components[0].source: `hello.cnof` does not exist [did you mean `hello.conf`?]'],
  ],
  [
    'a file is a file and a directory a directory',
    {
      'main.yaml': components('type: file, source: d, target: /a', 'type: directory, source: f, target: /b'),
      'd/x': '',
      f: '',
    },
    [
      'main.yaml:7 components[0].source: `d` is a directory, and must be a file',
      'main.yaml:8 components[1].source: `f` is a file, and must be a directory',
    ],
  ],
  [
    'a file has a name',
    { 'main.yaml': components('type: file, source: f, target: /etc/'), f: '' },
    [
      'main.yaml:7 components[0].target: ends with `/`, and a file needs a name [write the whole path, file name included]',
    ],
  ],
  [
    'two components may not write one file, however it is spelt',
    { 'main.yaml': components('type: file, source: f, target: /a/b', 'type: file, source: f, target: /a//./b'), f: '' },
    ['main.yaml:8 components[1].target: is also written by `components[0]` [give each its own target]'],
  ],
  [
    'a file inside a directory counts',
    {
      'main.yaml': components('type: file, source: f, target: /a/x/y', 'type: directory, source: d, target: /a/'),
      f: '',
      'd/x/y': '',
    },
    ['main.yaml:8 components[1].target: `x/y` in it is also written by `components[0]` [give each its own target]'],
  ],
  [
    'a unit of the same name counts',
    {
      'main.yaml': components('type: systemd, service: a/x.service', 'type: systemd, service: b/x.service'),
      'a/x.service': UNIT,
      'b/x.service': UNIT,
    },
    ['main.yaml:8 components[1].service: is also written by `components[0]` [give each its own target]'],
  ],
  [
    'a file cannot be where another needs a directory',
    { 'main.yaml': components('type: file, source: f, target: /a/b', 'type: file, source: f, target: /a'), f: '' },
    [
      'main.yaml:8 components[1].target: is a file for one and a directory for the other, with `components[0]` [give each its own target]',
    ],
  ],
  [
    'nor can a directory be where another puts a file',
    { 'main.yaml': components('type: file, source: f, target: /a', 'type: file, source: f, target: /a/b'), f: '' },
    [
      'main.yaml:8 components[1].target: is a file for one and a directory for the other, with `components[0]` [give each its own target]',
    ],
  ],
  [
    'two directories may share a target',
    {
      'main.yaml': components('type: directory, source: d, target: /a', 'type: directory, source: e, target: /a'),
      'd/x/1': '',
      'e/x/2': '',
    },
    [],
  ],
])
