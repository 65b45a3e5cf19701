import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryAuths } from '../../scripts/preload/auths.ts'

let folder: string
const path = process.env.PATH
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-auths-'))
  // Helpers are looked for on the PATH, as Docker does.
  process.env.PATH = `${folder}:${path}`
})
afterEach(() => {
  process.env.PATH = path
  rmSync(folder, { recursive: true, force: true })
})

const config = (content: unknown): void =>
  writeFileSync(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content))
const auths = () => registryAuths({ DOCKER_CONFIG: folder })
function helper(name: string, script: string): void {
  writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, `docker-credential-${name}`), 0o755)
}
const encoded = (text: string): string => Buffer.from(text).toString('base64')

test('who never logged in has none', async () => {
  expect(await auths()).toEqual({})
})

test('what a log-in wrote is taken, and nothing else of the file', async () => {
  config({ auths: { 'one.example': { auth: encoded('me:pw'), email: 'x' } }, HttpHeaders: { a: 'b' }, proxies: {} })
  expect(await auths()).toEqual({ 'one.example': { auth: encoded('me:pw') } })
})

test('a helper is asked for the registries that it keeps, by its stdin', async () => {
  helper('keys', 'read -r registry; printf \'{"ServerURL":"x","Username":"%s","Secret":"s3"}\' "$registry"')
  config({ auths: { 'one.example': {} }, credsStore: 'keys', credHelpers: { 'two.example': 'keys' } })
  expect(await auths()).toEqual({
    'one.example': { auth: encoded('one.example:s3') },
    'two.example': { auth: encoded('two.example:s3') },
  })
})

test.each([
  ['a helper that is not there', { credHelpers: { 'a.example': 'none' } }],
  ['a helper whose name is a path', { credHelpers: { 'a.example': '../../bin/sh' } }],
  ['a file of another shape', { auths: [] }],
  ['a file that is no JSON', '{'],
])('%s gives none', async (_, content) => {
  config(content)
  expect(await auths()).toEqual({})
})

test('a helper that knows nothing gives none', async () => {
  helper('keys', 'echo "credentials not found in native keychain"; exit 1')
  config({ auths: { 'one.example': {} }, credsStore: 'keys' })
  expect(await auths()).toEqual({})
})
