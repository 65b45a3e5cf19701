import { BASE, type Files, table } from '../folder.ts'

const UNIT = '[Unit]\nDescription=a\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n'
const unit = (name: string, text: string, more = ''): Files => ({
  'main.yaml': `${BASE}components:\n  - {type: systemd, service: ${name}${more}}\n`,
  [name]: text,
})

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
