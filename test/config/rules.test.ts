import { describe, expect, test } from 'bun:test'
import { BASE, type Files, problems, RPI } from './folder.ts'

const UNIT = '[Unit]\nDescription=a\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n'
const SEED = '#cloud-config\npackage_update: false\n'

type Row = [title: string, files: Files, expected: string[]]
const table = (name: string, rows: Row[]): void =>
  describe(name, () => {
    test.each(rows)('%s', async (_, files, expected) => {
      expect(await problems(files)).toEqual(expected)
    })
  })
const components = (...lines: string[]): string =>
  `${BASE}components:\n${lines.map(line => `  - {${line}}\n`).join('')}`
const unit = (name: string, text: string, more = ''): Files => ({
  'main.yaml': components(`type: systemd, service: ${name}${more}`),
  [name]: text,
})

table('target and source', [
  [
    'a config names a source',
    { 'main.yaml': BASE.replace('{debian: {}}', '{}') },
    ['main.yaml:4 from: names no source [write either `debian: {suite: trixie}` or `rootfs: {path: …}`]'],
  ],
  [
    'a config names one source only',
    { 'main.yaml': BASE.replace('{debian: {}}', '{debian: {}, rootfs: {path: a.tar}}'), 'a.tar': 'x' },
    [
      'main.yaml:4 from: names 2 sources, and a rootfs starts from one [write either `debian: {suite: trixie}` or `rootfs: {path: …}`]',
    ],
  ],
  [
    'a Raspberry Pi is arm64',
    { 'main.yaml': RPI.replace('arm64', 'amd64') },
    ['main.yaml:3 arch: must be `arm64` for the target `rpi`'],
  ],
  [
    'a Raspberry Pi needs the archive that has its firmware',
    { 'main.yaml': RPI.replace('[main, non-free-firmware]', '[main]') },
    [
      'main.yaml:4 from.debian.components: must include `non-free-firmware` for the target `rpi` [the package raspi-firmware is there: write `[main, non-free-firmware]`]',
    ],
  ],
  [
    'a Raspberry Pi from a rootfs brings its own firmware',
    { 'main.yaml': RPI.replace(/\{debian.*\}/, '{rootfs: {path: base}}'), 'base/etc/passwd': 'x' },
    [],
  ],
  [
    'a disk image is for a Raspberry Pi',
    { 'main.yaml': BASE.replace('[rootfs]', '[rootfs, image]') },
    [
      'main.yaml:5 outputs[1]: is a disk image, which only the target `rpi` has [write `outputs: [rootfs]`, or `target: rpi`]',
    ],
  ],
  [
    'a seed needs a boot partition',
    { 'main.yaml': `${BASE}cloud_init: {user_data: seed}\n`, seed: SEED },
    [
      'main.yaml:6 cloud_init: needs a boot partition, which only the target `rpi` has [leave it out, or write `target: rpi`]',
    ],
  ],
  [
    'a deb has components in it',
    { 'main.yaml': BASE.replace('[rootfs]', '[deb]') },
    [
      'main.yaml:5 outputs[0]: is the package of the components, and there are none [add `components`, or leave `deb` out]',
    ],
  ],
  ['a bundle needs no components', { 'main.yaml': BASE.replace('[rootfs]', '[bundle]') }, []],
  [
    'xz has nine levels',
    { 'main.yaml': `${BASE}image: {compression: {level: 19}}\n` },
    ['main.yaml:6 image.compression.level: must be from 1 to 9 for `xz` [or write `format: zstd`]'],
  ],
  [
    'a user can log in',
    { 'main.yaml': `${BASE}system:\n  user: {name: pi}\n` },
    [
      "main.yaml:7 system.user: has neither `password_hash` nor `ssh_keys`: nobody could log in [give one of them, or `password_hash: '*'` if that is meant]",
    ],
  ],
  ['a user may be locked on purpose', { 'main.yaml': `${BASE}system: {user: {name: pi, password_hash: '*'}}\n` }, []],
  [
    'a user may have keys only',
    { 'main.yaml': `${BASE}system: {user: {name: pi, ssh_keys: [ssh-ed25519 AAAA]}}\n` },
    [],
  ],
  [
    'the user is not root',
    { 'main.yaml': `${BASE}system: {user: {name: root, password_hash: '*'}}\n` },
    ['main.yaml:6 system.user.name: must not be `root`, who is locked [name a user who may use sudo]'],
  ],
  [
    'a rootfs exists',
    { 'main.yaml': BASE.replace('{debian: {}}', '{rootfs: {path: base.tra}}'), 'base.tar': 'x' },
    ['main.yaml:4 from.rootfs.path: `base.tra` does not exist [did you mean `base.tar`?]'],
  ],
  [
    'a rootfs file is an archive',
    { 'main.yaml': BASE.replace('{debian: {}}', '{rootfs: {path: base.zip}}'), 'base.zip': 'x' },
    [
      'main.yaml:4 from.rootfs.path: `base.zip` is not an archive by its name [it may be a folder, or end in .tar, .tar.gz, .tar.xz or .tar.zst]',
    ],
  ],
  [
    "an archive's key exists and its name is its own",
    {
      'main.yaml': `${BASE.replace('{}}', '{sources: [{name: a, uri: "https://a/", suites: [./], key: a.asc}, {name: a, uri: "https://b/", suites: [./]}]}}')}`,
    },
    [
      'main.yaml:4 from.debian.sources[1].name: is also the name of `from.debian.sources[0]`',
      'main.yaml:4 from.debian.sources[0].key: `a.asc` does not exist [looked for a.asc]',
    ],
  ],
  [
    'stages are folders',
    { 'main.yaml': `${BASE}stages: [mine, more]\n`, mine: 'x', 'more/10-a/SKIP': '' },
    ['main.yaml:6 stages[0]: `mine` is a file, and must be a directory'],
  ],
])

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

table('systemd units', [
  ['a good unit is accepted', unit('a.service', UNIT), []],
  ['a unit with a template name is accepted where it is not enabled', unit('a@.service', UNIT, ', enable: false'), []],
  [
    'a template cannot be enabled',
    unit('a@.service', UNIT),
    [
      'main.yaml:7 components[0].service: is a template, which can be enabled only for an instance [add `enable: false`]',
    ],
  ],
  [
    'a unit has a unit name',
    unit('a.txt', UNIT),
    [
      'main.yaml:7 components[0].service: is not a unit by its name [it must end in `.service`, `.timer`, `.socket`, `.path`, `.mount` or `.target`]',
    ],
  ],
  [
    'a unit name has no spaces',
    unit('a b.service', UNIT),
    [
      'main.yaml:7 components[0].service: is not a unit name [systemd takes letters, digits, `:`, `-`, `_`, `.`, `\\` and `@`]',
    ],
  ],
  [
    'a timer has a timer section',
    unit('a.timer', UNIT),
    ['main.yaml:7 components[0].service: has no section `[Timer]` [is it a unit file?]'],
  ],
  [
    'a unit that is enabled says by what it is wanted',
    unit('a.service', '[Service]\nExecStart=/bin/true\n# [Install]\n'),
    [
      'main.yaml:7 components[0].service: has no section `[Install]`, so it cannot be enabled [add one with `WantedBy=multi-user.target`, or `enable: false`]',
    ],
  ],
  ['a unit that is not enabled needs no install section', unit('a.service', '[Service]\n', ', enable: false'), []],
])

const seeds = (text: string, files: Files): Files => ({ 'main.yaml': `${RPI}cloud_init: {${text}}\n`, ...files })
table('cloud-init', [
  ['a good seed is accepted', seeds('user_data: u, meta_data: m', { u: SEED, m: 'instance-id: a\n' }), []],
  ['a seed exists', seeds('user_data: u', {}), ['main.yaml:6 cloud_init.user_data: `u` does not exist [looked for u]']],
  ['a seed is not empty', seeds('user_data: u', { u: '\n' }), ['main.yaml:6 cloud_init.user_data: `u` is empty']],
  [
    'user data says what it is on its first line',
    seeds('user_data: u', { u: `\n${SEED}` }),
    [
      'main.yaml:6 cloud_init.user_data: the first line of `u` is not `#cloud-config` [other formats of user data are not supported]',
    ],
  ],
  [
    'other user data is refused',
    seeds('user_data: u', { u: '#!/bin/sh\n' }),
    [
      'main.yaml:6 cloud_init.user_data: the first line of `u` is not `#cloud-config` [other formats of user data are not supported]',
    ],
  ],
  [
    'broken user data names its own line',
    seeds('user_data: u', { u: '#cloud-config\nusers:\n\t- a\n' }),
    ['u:3 cloud_init.user_data: `u` is indented with a tab [YAML wants spaces]'],
  ],
  [
    'metadata is a mapping',
    seeds('user_data: u, meta_data: m', { u: SEED, m: '- a\n' }),
    ['main.yaml:6 cloud_init.meta_data: `m` is not a YAML mapping'],
  ],
])
