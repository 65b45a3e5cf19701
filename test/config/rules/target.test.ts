import { BASE, RPI, table } from '../folder.ts'

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
    'a generic rootfs has no device to flash',
    BASE.replace('[rootfs]', '[rootfs, bundle]'),
    [
      'main.yaml:5 outputs[1]: is a file that flashes a device, which the target `generic` is not [write `outputs: [rootfs]`, or `target: rpi`]',
    ],
  ],
  [
    'a seed needs a boot partition',
    { 'main.yaml': `${BASE}cloud_init: {user_data: seed}\n`, seed: '#cloud-config\npackage_update: false\n' },
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
  ['a bundle needs no components', { 'main.yaml': RPI.replace('[image]', '[bundle]') }, []],
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
      'main.yaml:4 from.rootfs.path: `base.zip` is neither an archive nor a disk image by its name [it may be a folder, or end in .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .img, .img.gz, .img.xz or .img.zst]',
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
