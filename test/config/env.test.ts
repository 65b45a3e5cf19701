// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
import { describe, expect, test } from 'bun:test'
import { expand, namesIn } from '../../scripts/config/env.ts'
import { loadConfig, redact, resolveEnv } from '../../scripts/config/load.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { BASE, inFolder, load, problems, table } from './folder.ts'

const SET = { A: 'one', B: 'two', EMPTY: '', DOLLAR: '$A ${A} $& $1' }
const good: [expression: string, value: string][] = [
  ['A', 'one'],
  ['$A', 'one'],
  ['${A}', 'one'],
  ['${A:default}', 'one'],
  ['${A:-default}', 'one'],
  ['${A:?message}', 'one'],
  ['${NONE:default}', 'default'],
  ['${NONE:-default}', 'default'],
  ['${NONE:}', ''],
  ['${NONE:-}', ''],
  ['${NONE:a:b:c}', 'a:b:c'],
  ['${NONE:-http://x:1/}', 'http://x:1/'],
  ['${NONE:-$6$salt$hash}', '$6$salt$hash'],
  ['${EMPTY}', ''],
  ['${EMPTY:default}', ''],
  ['${EMPTY:-default}', 'default'],
  ['${A}-${B}', 'one-two'],
  ['x $A/${NONE:-y}.z', 'x one/y.z'],
  ['${DOLLAR}', '$A ${A} $& $1'],
  ['costs 5$ ${A}', 'costs 5$ one'],
]
const bad = [
  'NONE',
  '$NONE',
  '${NONE}',
  '${NONE:?why}',
  '${EMPTY:?why}',
  '${A',
  '${}',
  '${A-b}',
  'no name',
  '',
  '${__proto__}',
  'constructor',
]

describe('!ENV', () => {
  test.each(good)('%s is read', (expression, value) => {
    expect(expand(expression, SET)).toEqual({ value })
  })
  test.each(bad)('`%s` is refused', expression => {
    expect(expand(expression, SET)).toHaveProperty('error')
  })
  test('the names in an expression are known', () => {
    expect(namesIn('${A:-x} $B ${A:?y}')).toEqual(['A', 'B'])
    expect(namesIn('A')).toEqual(['A'])
  })
})

table('a bad !ENV', [
  [
    'a variable that is not set names itself, file and line',
    `${BASE}system:\n  hostname: !ENV "\${HOST}"\n`,
    [
      'main.yaml:7 system.hostname: needs the environment variable `HOST`, which is not set [set it, or write a default: `${HOST:-…}`]',
    ],
  ],
  [
    'a value that is missing is not judged as if it were not meant to be',
    `${BASE}system: {user: {name: pi, password_hash: !ENV HASH}}\n`,
    [
      'main.yaml:6 system.user.password_hash: needs the environment variable `HASH`, which is not set [set it, or write a default: `${HASH:-…}`]',
    ],
  ],
  [
    'what else is wrong is said as well',
    `${BASE}packages: [!ENV A, "B"]\nstages: !ENV C\n`,
    [
      'main.yaml:6 packages[0]: needs the environment variable `A`, which is not set [set it, or write a default: `${A:-…}`]',
      'main.yaml:6 packages[1]: `B` is not a Debian package name',
      'main.yaml:7 stages: needs the environment variable `C`, which is not set [set it, or write a default: `${C:-…}`]',
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

const CONFIG = `${BASE}system:
  hostname: !ENV "\${HOST:-h}-1"
  ssh: !ENV SSH
  user: {name: pi, password_hash: !ENV "\${HASH}"}
image: {compression: {format: zstd, level: !ENV LEVEL}}
components:
  - {type: file, source: !ENV "\${FILE}.conf", target: /etc/a, chmod: !ENV MODE}
`
const VALUES = { SSH: 'false', HASH: '$6$secret', LEVEL: '5', FILE: 'some', MODE: '0600' }
const withFile = { 'main.yaml': CONFIG, 'some.conf': '' }

describe('values from the environment', () => {
  test('become what the schema wants: text, truth, numbers and paths', async () => {
    const { config, dir } = await load(withFile, { env: VALUES })
    expect([config.system.hostname, config.system.ssh, config.system.user?.password_hash]).toEqual([
      'h-1',
      false,
      '$6$secret',
    ])
    expect(config.image.compression.level).toBe(5)
    expect(config.components[0]).toMatchObject({ source: `${dir}/some.conf`, chmod: '0600' })
  })

  test('are listed with their expressions', async () => {
    const { env, dir } = await load(withFile, { env: VALUES })
    expect(env).toEqual([
      { path: ['system', 'hostname'], expression: '${HOST:-h}-1' },
      { path: ['system', 'ssh'], expression: 'SSH' },
      { path: ['system', 'user', 'password_hash'], expression: '${HASH}' },
      { path: ['image', 'compression', 'level'], expression: 'LEVEL' },
      { path: ['components', 0, 'source'], expression: '${FILE}.conf', base: dir },
      { path: ['components', 0, 'chmod'], expression: 'MODE' },
    ])
  })

  test('are not in what is redacted, and come back from the environment', async () => {
    const loaded = await load(withFile, { env: VALUES })
    const carried = JSON.parse(JSON.stringify({ config: redact(loaded), env: loaded.env }))
    const text = JSON.stringify(carried)
    for (const value of ['secret', 'h-1', 'some.conf', '0600']) expect(text).not.toContain(value)
    expect(resolveEnv(carried.config, carried.env, VALUES)).toEqual(loaded.config)
  })

  test('that are gone in the sandbox are an error without a stack', async () => {
    const loaded = await load(withFile, { env: VALUES })
    expect(() => resolveEnv(redact(loaded), loaded.env, { ...VALUES, HASH: undefined })).toThrow(
      new UserError('system.user.password_hash: needs the environment variable `HASH`, which is not set'),
    )
  })

  test('that changed for the worse are an error without the value', async () => {
    const loaded = await load(withFile, { env: VALUES })
    expect(() => resolveEnv(redact(loaded), loaded.env, { ...VALUES, HASH: 'hunter2' })).toThrow(
      new UserError('the environment changed since the config was checked: `${HASH}`'),
    )
  })

  test('are in no error, whatever is wrong with them', async () => {
    // Upper case with a space: wrong everywhere, and not part of any message by chance.
    const bad = 'SECRET Value'
    const keys = [
      `name: !ENV X\ntarget: !ENV X\narch: !ENV X\nfrom: {debian: {suite: !ENV X, components: [!ENV X], snapshot: !ENV X}}\n`,
      `outputs: [!ENV X]\npackages: [!ENV X]\ndepends: !ENV X\nstages: [!ENV X]\n`,
      'system: {hostname: !ENV X, locale: !ENV X, timezone: !ENV X, ssh: !ENV X, user: {name: !ENV X, password_hash: !ENV X}}\n',
      'network: {nameservers: [!ENV X], wifi: {ssid: !ENV X, country: !ENV X}}\nimage: {free: !ENV X, compression: {level: !ENV X}}\n',
      'components:\n  - {type: !ENV X, source: a, target: /a}\n  - {type: file, source: !ENV X, target: !ENV X, chmod: !ENV X, chown: !ENV X}\n',
    ].join('')
    const found = await problems(keys, { env: { X: bad } })
    expect(found.length).toBeGreaterThan(20)
    expect(found.join('\n').toLowerCase()).not.toContain('secret')
  })

  test('are in no error of a rule either', async () => {
    const config = `${BASE.replace('{debian: {}}', '{rootfs: {path: !ENV X}}')}stages: [!ENV X]
components:
  - {type: file, source: !ENV X, target: !ENV T}
  - {type: systemd, service: !ENV X}
  - {type: file, source: main.yaml, target: !ENV T}
system: {keyboard: {layout: !ENV C}, user: {name: !ENV R, password_hash: '*'}}
cloud_init: {user_data: !ENV X}
`
    const env = { X: 'secret-file', T: '/secret-target', C: 'secret\n', R: 'root' }
    const found = await problems({ 'main.yaml': config, 'secret-fiel': '' }, { env })
    expect(found.length).toBeGreaterThan(6)
    expect(found.join('\n')).not.toContain('secret')
  })

  test('that are wrong are called by their expression, and no word is guessed from them', async () => {
    const config = `${BASE.replace('generic', '!ENV generix')}system: {hostname: !ENV "\${HOST}-1", ssh: !ENV HOST}\n`
    expect(await problems(config, { env: { generix: 'generci', HOST: 'A B' } })).toEqual([
      'main.yaml:2 target: the value of `generix` must be `rpi`, `jetson` or `generic`',
      'main.yaml:6 system.hostname: the value of `${HOST}-1` is not a host name: letters a-z, digits and `-`',
      'main.yaml:6 system.ssh: the value of `HOST` must be true or false',
    ])
  })

  test('are not in the text or the properties of the error', async () => {
    await inFolder(`${BASE}system: {hostname: !ENV X}\n`, async folder => {
      const error: unknown = await loadConfig(`${folder}/main.yaml`, { env: { X: 'SECRET Value' } }).catch(e => e)
      expect(error).toBeInstanceOf(UserError)
      expect(Bun.inspect(error)).not.toContain('SECRET')
    })
  })
})
