import { describe, expect, test } from 'bun:test'
import type { Config } from '../../scripts/config/schema.ts'
import { BASE, load, problems } from './folder.ts'

const LISTS = `${BASE}packages: [a1, a2]\ncomponents:\n  - {type: file, source: main.yaml, target: /a}\n`
const set = async (...words: string[]): Promise<Config> => (await load(LISTS, { set: words })).config

describe('--set', () => {
  test('sets a key that is there', async () => expect((await set('arch=arm64')).arch).toBe('arm64'))
  test('sets a key that is not there, with what is around it', async () => {
    expect((await set('system.keyboard.layout=gb')).system.keyboard.layout).toBe('gb')
  })
  test('reads its value as YAML', async () => {
    expect((await set('packages=[b1, b2]')).packages).toEqual(['b1', 'b2'])
    expect((await set('system={ssh: false}')).system.ssh).toBe(false)
  })
  test('keeps an equals sign in a value', async () =>
    expect((await set('packages=["a1=1.0"]')).packages).toEqual(['a1=1.0']))
  test('sets an element, written either way', async () => {
    expect((await set('components.0.target=/x')).components[0]).toMatchObject({ target: '/x' })
    expect((await set('components[0].chmod=0600')).components[0]).toMatchObject({ chmod: '0600' })
  })
  test('appends one value or a list', async () => {
    expect((await set('packages+=vim')).packages).toEqual(['a1', 'a2', 'vim'])
    expect((await set('packages+=[b1, b2]')).packages).toEqual(['a1', 'a2', 'b1', 'b2'])
  })
  test('appends to a default', async () => {
    expect((await set('from.debian.components+=contrib')).from.debian?.components).toEqual(['main', 'contrib'])
  })
  test('applies words in order', async () => {
    expect((await set('packages=[]', 'packages+=b1', 'packages+=c1')).packages).toEqual(['b1', 'c1'])
  })
  test('takes a key away with an empty value or null', async () => {
    expect((await set('packages=')).packages).toEqual([])
    expect((await set('components=null')).components).toEqual([])
  })
  test('may add a whole component, its path from the folder of the config', async () => {
    const { config, dir } = await load(LISTS, { set: ['components+={type: file, source: main.yaml, target: /b}'] })
    expect(config.components[1]).toMatchObject({ source: `${dir}/main.yaml`, target: '/b' })
  })
  test('knows the tags', async () => {
    const { config, env } = await load(BASE, { set: ['system.hostname=!ENV X'], env: { X: 'h' } })
    expect([config.system.hostname, env[0]?.expression]).toEqual(['h', 'X'])
    expect(
      (await load({ 'main.yaml': BASE, 'p.yaml': '[vim]' }, { set: ['packages=!include p.yaml'] })).config.packages,
    ).toEqual(['vim'])
  })
  test('says that a value came from the command line', async () => {
    expect((await load(BASE, { set: ['system.ssh=false'] })).locate(['system', 'ssh'])).toEqual({ file: '--set' })
  })
})

const bad: [title: string, word: string, expected: string[]][] = [
  [
    'a misspelt key names the right one',
    'systm.locale=C',
    ['--set systm: is not a known key [did you mean `system`?]'],
  ],
  [
    'a misspelt key below another does, too',
    'system.locael=C',
    ['--set system.locael: is not a known key [did you mean `locale`?]'],
  ],
  [
    'a bad value is named as one of the file is',
    'arch=amd46',
    ['--set arch: must be `amd64`, `arm64` or `armhf`, not `amd46` [did you mean `amd64`?]'],
  ],
  [
    'an assignment has a sign',
    'system.locale',
    ['--set : `system.locale` is not of the form `key=value` [for instance `system.locale=de_DE.UTF-8`]'],
  ],
  ['an assignment has a key', '=x', ['--set : `` is not a key [write `system.locale` or `components[0].target`]']],
  ['a key has no spaces', 'a b=x', ['--set : `a b` is not a key [write `system.locale` or `components[0].target`]']],
  [
    'a value is YAML',
    'packages=[a',
    [
      '--set packages: is not valid YAML: flow sequence must end with a ] [the value is read as YAML: quote what is special there]',
    ],
  ],
  [
    'a bad value brings no second problem',
    'system.user.password_hash=*',
    [
      '--set system.user.password_hash: is not valid YAML: alias cannot be an empty string [the value is read as YAML: quote what is special there]',
    ],
  ],
  ['a single value has no keys', 'name.first=x', ['--set name.first: `name` is a single value, and has no keys']],
  [
    'a list has positions',
    'packages.first=x',
    ['--set packages.first: `first` is not a position: this is a list of 2'],
  ],
  ['a list ends', 'packages[2]=x', ['--set packages[2]: has no position 2: the list has 2, counted from 0']],
  ['only lists are appended to', 'name+=x', ['--set name: is not a list: `+=` appends to lists']],
  [
    'an include from the command line stays in the folder, too',
    'packages=!include /etc/passwd',
    [
      "--set packages: includes `/etc/passwd`, which is outside the config's folder [move it into that folder, or allow it with `--allow-outside`]",
    ],
  ],
  [
    'a key of every object is no key of ours',
    '__proto__.polluted=1',
    [
      '--set __proto__: is not a known key [known here: `name`, `target`, `arch`, `from`, `system`, `network`, `packages`, `cloud_init`, `depends`, `components`, `package`, `image`, `bundle`, `jetson`, `outputs`, `stages`]',
    ],
  ],
]

describe('a bad --set', () => {
  test.each(bad)('%s', async (_, word, expected) => {
    expect(await problems(LISTS, { set: [word] })).toEqual(expected)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})
