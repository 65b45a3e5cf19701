import { expect, test } from 'bun:test'
import { companionsOf } from '../../scripts/compose/files.ts'
import { readCompose } from '../../scripts/compose/read.ts'
import { packedSources } from '../../scripts/compose/sources.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { type Files, inFolder } from '../config/folder.ts'

const found = (files: Files): Promise<string[]> =>
  inFolder(files, folder =>
    companionsOf(readCompose(`${folder}/c.yaml`, { project: 'p' })).map(
      ({ path, isPrivate, exists }) => `${path}${isPrivate ? ' private' : ''}${exists ? '' : ' missing'}`,
    ),
  )
const service = (...lines: string[]): string =>
  `services:\n  web:\n    image: a\n${lines.map(line => `    ${line}\n`).join('')}`

test('env files, configs, secrets and relative bind mounts go along; absolute ones and named volumes do not', async () => {
  const compose =
    service('env_file: [a.env, {path: ./b.env}]', 'volumes: [./conf:/c:ro, data:/d, /var/run/x:/x, ~/y:/y, $DIR:/z]') +
    'configs: {c: {file: ./c.conf}, d: {content: x}}\nsecrets: {s: {file: sub/s.txt}, e: {environment: X}}\n'
  const files = { 'c.yaml': compose, '.env': 'DIR=./z\n', 'a.env': '', 'b.env': '', 'c.conf': '', 'sub/s.txt': '' }
  expect(await found({ ...files, 'conf/x': '', 'z/x': '' })).toEqual([
    '.env private',
    'c.conf',
    'sub/s.txt',
    'a.env private',
    'b.env private',
    'conf',
    'z',
  ])
})

test('a bind mount in its long form counts, other types do not', async () => {
  const compose = service(
    'volumes:',
    '  - {type: bind, source: ./conf, target: /c}',
    '  - {type: volume, source: v, target: /v}',
  )
  expect(await found({ 'c.yaml': compose, 'conf/x': '' })).toEqual(['.env private missing', 'conf'])
})

test('what a container mounts is not private, even if Compose reads it, too', async () => {
  const compose = service('env_file: a.env', 'volumes: ["./a.env:/a.env"]')
  expect(await found({ 'c.yaml': compose, 'a.env': '' })).toEqual(['.env private missing', 'a.env'])
})

test('what is missing is named all the same, so that its arrival makes another package', () =>
  inFolder({ 'c.yaml': service('volumes: ["./data:/d"]') }, folder => {
    const component = { type: 'docker-compose' as const, target: '/p', operation: 'pull' as const, services: [] }
    const sources = packedSources({ ...component, path: `${folder}/c.yaml` }).map(path =>
      path.replace(`${folder}/`, ''),
    )
    expect(new Set(sources)).toEqual(new Set(['c.yaml', '.env', 'data']))
  }))

test.each([
  ['volumes: ["../x:/x"]', 'services.web.volumes names `../x`, which is not in'],
  ['volumes: ["..:/x"]', 'services.web.volumes names `..`, which is not in'],
  ['env_file: a/../../b', 'services.web.env_file names `a/../../b`, which is not in'],
  ['env_file: none', 'services.web.env_file names `none`, which does not exist'],
])('%s is refused', async (line, message) => {
  const error = await found({ 'c.yaml': service(line) }).catch(cause => cause)
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toStartWith(message)
  expect(error.where.line).toBe(4)
})
