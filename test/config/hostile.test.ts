import { describe, expect, test } from 'bun:test'
import { BASE, load, problems } from './folder.ts'

const repeat = (text: string, times: number): string => Array.from({ length: times }, () => text).join('')

describe('a hostile config', () => {
  test('cannot nest without end', async () => {
    const [first] = await problems(`${BASE}packages: ${'['.repeat(100_000)}`)
    expect(first).toMatch(/^main\.yaml:6 : is (nested too deeply|not valid YAML)/)
    expect(await problems(`${BASE}packages: ${'['.repeat(100)}${']'.repeat(100)}\n`)).toEqual([
      expect.stringContaining('is nested deeper than 64 levels'),
    ])
  })

  test('cannot grow by aliases of aliases', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${repeat(`*a${i},`, 10)}]\n`).join('')
    const started = performance.now()
    const found = await problems(`${BASE}a0: &a0 [lol]\n${lines}`)
    expect(found.filter(line => line.includes('grows beyond 100000 values'))).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('cannot grow by includes of includes', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`${i}.yaml`, `[${repeat(`!include ${i + 1}.yaml,`, 10)}]`]),
    )
    const found = await problems({ 'main.yaml': `${BASE}packages: !include 0.yaml\n`, ...files, '12.yaml': '[vim]' })
    expect(found.filter(line => line.includes('grows beyond 100000 values'))).toHaveLength(1)
  })

  test('cannot contain itself by an alias', async () => {
    expect(await problems(`${BASE}packages: &a [*a]\nsystem: &s {<<: *s}\n`)).toEqual([
      'main.yaml:6 packages[0]: the alias `*a` contains itself',
      'main.yaml:7 system: the alias `*s` contains itself',
    ])
  })

  test('with many aliases is read once', async () => {
    const started = performance.now()
    await load(
      `${BASE}system: &s {ssh: false}\npackages: [${repeat('vim,', 2)}]\ndepends: [&d vim, ${repeat('*d,', 40_000)}]\n`,
    )
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('gains nothing from a key `%s`', async key => {
    expect(await problems(`${BASE}${key}: {polluted: true}\nsystem: {${key}: {polluted: true}}\n`)).toEqual([
      expect.stringContaining(`main.yaml:6 ${key}: is not a known key`),
      expect.stringContaining(`main.yaml:7 system.${key}: is not a known key`),
    ])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test.each(['__proto__', 'constructor'])('gains nothing from a component of the type `%s`', async type => {
    expect(await problems(`${BASE}components: [{type: ${type}}]\n`)).toEqual([
      `main.yaml:6 components[0].type: must be \`file\`, \`directory\`, \`systemd\` or \`docker-compose\`, not \`${type}\``,
    ])
  })

  test('with a very long key or value gets a short answer', async () => {
    const found = await problems(`${BASE}${'k'.repeat(1000)}: 1\npackages: ["${'V'.repeat(500_000)}"]\n`)
    expect(found).toHaveLength(2)
    expect(found[1]?.length).toBeLessThan(200)
  })

  test('cannot write to the terminal through an error', async () => {
    const found = await problems(`${BASE}packages: ["\\e[2J\\u009b"]\n"sys\\e[2Jtem": 1\n`)
    expect([...found.join('')].filter(letter => letter < ' ' || (letter > '~' && letter < '\u00a0'))).toEqual([])
  })
})
