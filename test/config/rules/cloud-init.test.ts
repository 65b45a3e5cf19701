import { type Files, RPI, table } from '../folder.ts'

const SEED = '#cloud-config\npackage_update: false\n'
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
