import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { descriptions } from '../../scripts/config/descriptions.ts'
import { configJsonSchema, schemaText } from '../../scripts/config/json-schema.ts'
import { loadConfig, redact, resolveEnv } from '../../scripts/config/load.ts'
import { configShape, type Shape } from '../../scripts/config/shape.ts'
import { inFolder } from './folder.ts'

const FOLDER = join(import.meta.dir, '../../config')
const shipped = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))

describe('a shipped config', () => {
  test.each(shipped)('%s is valid with nothing in the environment', async name => {
    const loaded = await loadConfig(join(FOLDER, name), { env: {} })
    expect(loaded.config.name).toBe(name.replace('.yaml', ''))
    expect(resolveEnv(redact(loaded), loaded.env, {})).toEqual(loaded.config)
  })

  test.each(shipped)('%s names its schema on its first line', name => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toStartWith('# yaml-language-server: $schema=./schema.json\n')
  })

  test('has no password of its own', async () => {
    const { config } = await loadConfig(join(FOLDER, 'rpi.yaml'), { env: {} })
    expect(config.system.user?.password_hash).toBe('*')
  })

  test('takes a password from the environment', async () => {
    const { config } = await loadConfig(join(FOLDER, 'rpi.yaml'), { env: { RPI_PASSWORD_HASH: '$6$a$b' } })
    expect(config.system.user?.password_hash).toBe('$6$a$b')
  })

  test('of the design page is valid', async () => {
    const text = `# yaml-language-server: $schema=./schema.json
name: rpi                       # names out/<name>/, the image, the package
target: rpi                     # rpi | jetson | microvm | …
arch: arm64                     # Debian's names
from:                           # exactly one source
  debian: {suite: trixie, components: [main, non-free-firmware]}
system: {hostname: rpi, locale: en_GB.UTF-8, timezone: Europe/London}
packages: [openssh-server, cloud-init]
depends: [docker.io]            # what the .deb of the components depends on
components:
  - {type: systemd, service: units/hello.service}
  - !include parts/files.yaml
outputs: [image]                # image | rootfs | deb | bundle | …
`
    const files = {
      'main.yaml': text,
      'units/hello.service': '[Service]\n[Install]\n',
      'parts/files.yaml': '{type: file, source: a, target: /etc/a}',
      'parts/a': '',
    }
    await inFolder(files, async folder => {
      expect((await loadConfig(join(folder, 'main.yaml'))).config.components).toHaveLength(2)
    })
  })
})

describe('config/schema.json', () => {
  test('is what the schema says: `just schema` was run', () => {
    expect(readFileSync(join(FOLDER, 'schema.json'), 'utf8')).toBe(schemaText())
  })

  test('lets a required key come from a merge, and a list from a file', () => {
    const { anyOf, properties } = configJsonSchema()
    expect(anyOf).toEqual([{ required: ['name', 'target', 'arch', 'from'] }, { required: ['<<'] }])
    expect(properties?.components).toMatchObject({
      anyOf: [
        { type: 'array', items: { anyOf: [{ oneOf: expect.anything() }, { $ref: '#/$defs/include' }] } },
        { $ref: '#/$defs/include' },
        { type: 'null' },
      ],
    })
  })

  test('has a description for every key, and none for others', () => {
    const keys = (shape: Shape, path: string): string[] => {
      if (shape.kind === 'list') return keys(shape.item, `${path}[]`)
      if (shape.kind === 'variant') return [...shape.options.values()].flatMap(option => keys(option, path))
      if (shape.kind !== 'object') return []
      return [...shape.fields].flatMap(([key, inner]) => {
        const here = path === '' ? key : `${path}.${key}`
        return [here, ...keys(inner, here)]
      })
    }
    expect(Object.keys(descriptions).toSorted()).toEqual([...new Set(keys(configShape, ''))].toSorted())
  })
})
