// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how Compose writes variables
import { describe, expect, test } from 'bun:test'
import { type ComposeComponent, imagesOf, readCompose } from '../../scripts/compose/read.ts'
import { UserError } from '../../scripts/lib/errors.ts'
import { type Files, inFolder } from '../config/folder.ts'

type Row = [title: string, files: Files | string, expected: string[]]
const asFiles = (files: Files | string): Files => (typeof files === 'string' ? { 'c.yaml': files } : files)

const component = (folder: string, more: Partial<ComposeComponent> = {}): ComposeComponent => ({
  type: 'docker-compose',
  path: `${folder}/c.yaml`,
  target: '/opt/My App',
  operation: 'build',
  services: [],
  ...more,
})

/** `how reference`, or what was wrong as `file:line message [hint]`. */
const images = (files: Files | string, more: Partial<ComposeComponent> = {}): Promise<string[]> =>
  inFolder(asFiles(files), folder => {
    try {
      return imagesOf(component(folder, more)).map(({ reference, how }) => `${how} ${reference}`)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const { file = '', line } = error.where ?? {}
      const hint = error.hint === undefined ? '' : ` [${error.hint}]`
      return [`${file.split('/').at(-1)}${line === undefined ? '' : `:${line}`} ${error.message}${hint}`]
    }
  })

const table = (name: string, rows: Row[], more: Partial<ComposeComponent> = {}): void =>
  describe(name, () => {
    test.each(rows)('%s', async (_, files, expected) => {
      const found = await images(files, more)
      expect(found.length).toBe(expected.length)
      for (const [i, line] of expected.entries()) expect(found[i]).toStartWith(line)
    })
  })

const service = (...lines: string[]): string => `services:\n  web:\n${lines.map(line => `    ${line}\n`).join('')}`
const inApp = (content: string): Files => ({ 'c.yaml': content, 'app/Dockerfile': 'FROM scratch\n' })

table('images', [
  ['an image is pulled', service('image: docker.example:5000/a/b:1'), ['pull docker.example:5000/a/b:1']],
  ['a digest is kept', service(`image: a@sha256:${'0'.repeat(64)}`), [`pull a@sha256:${'0'.repeat(64)}`]],
  [
    'what is built without a name is called as Compose 2 would, whatever Compose is there',
    inApp(service('build: ./app')),
    ['build myapp-web:latest'],
  ],
  ['what is built may have a name', inApp(service('image: own:1', 'build: {context: app}')), ['build own:1']],
  [
    'an image that one service builds is not pulled for another',
    inApp(`${service('image: own:1', 'build: app')}  job: {image: "own:1"}\n`),
    ['build own:1'],
  ],
  [
    'whichever of the two comes first',
    inApp('services: {job: {image: "own:1"}, web: {image: "own:1", build: app}}'),
    ['build own:1'],
  ],
  ['an image of two services is had once', 'services: {a: {image: x}, b: {image: x}}', ['pull x']],
  [
    'two services cannot build one image from different folders',
    { ...inApp('services:\n  a: {image: x, build: app}\n  b: {image: x, build: .}\n') },
    ['c.yaml:3 services.b builds `x`, and services.a builds it, too'],
  ],
  [
    'anchors, merge keys and x- keys work',
    'x-base: &base {image: "base:1"}\nservices: {web: {<<: *base}, db: {<<: *base, image: "db:2"}}',
    ['pull base:1', 'pull db:2'],
  ],
  ['a build context must be there', service('build: nowhere'), ['c.yaml:2 services.web.build: ']],
  [
    'a build from an address is refused',
    service('build: https://example.org/x.git'),
    ['c.yaml:3 services.web: a build from an address is not supported'],
  ],
  [
    'a build that needs more than its folder is refused',
    inApp(service('build:', '  context: app', '  ssh: [default]')),
    ['c.yaml:5 services.web: `build.ssh` is not supported'],
  ],
])

table(
  'operation: pull',
  [
    ['a named image is pulled even if it could be built', service('image: own:1', 'build: app'), ['pull own:1']],
    [
      'what has no name cannot be pulled',
      service('build: app'),
      ['c.yaml:2 services.web has a `build` and no `image`, so it cannot be pulled [name its `image`, or set'],
    ],
  ],
  { operation: 'pull' },
)

table(
  'services',
  [
    [
      'only those are built, and the others pulled',
      inApp('services: {web: {build: app}, job: {build: app, image: "job:1"}}'),
      ['build myapp-web:latest', 'pull job:1'],
    ],
    [
      'another one that has no name is in the way',
      inApp('services:\n  web: {build: app}\n  job: {build: app}\n'),
      ['c.yaml:3 services.job has a `build` and no `image`, so it cannot be pulled [name its `image`, or add `job`'],
    ],
    [
      'a service that is not there is noticed',
      'services: {wep: {image: a}}',
      ['c.yaml has no service `web` [did you mean `wep`?]'],
    ],
  ],
  { services: ['web'] },
)

table('variables', [
  ['come from .env', { 'c.yaml': service('image: a:$TAG'), '.env': 'TAG=1 # one\n' }, ['pull a:1']],
  ['have defaults', service('image: a:${TAG:-${OTHER:-7}}'), ['pull a:7']],
  [
    'an empty one has its default only with a colon',
    { 'c.yaml': service('image: a${T-:1}${U:-:2}'), '.env': 'T=\nU=' },
    ['pull a:2'],
  ],
  ['one in its place: +', { 'c.yaml': service('image: a${T:+:x}${U+:y}'), '.env': 'T=1\n' }, ['pull a:x']],
  [
    'are never those of the build machine',
    service('image: a:${PATH}'),
    ['c.yaml:3 services.web.image needs the variable `PATH`, which is not set'],
  ],
  ['matter only where an image depends on them', service('image: a', 'environment: [A=$NOWHERE]'), ['pull a']],
  [
    'required ones must be set wherever they stand',
    service('image: a', 'command: "${A:?say it}"'),
    ['c.yaml:4 services.web.command needs `A`: say it'],
  ],
  [
    'a lone dollar is refused, as Compose would',
    service('image: a', 'command: "a $ b"'),
    ['c.yaml:4 services.web.command has a `$` that starts no variable'],
  ],
  ['two dollars are one', service('image: a', 'command: "a $$ b"'), ['pull a']],
  ['are not looked for in x- keys', `x-a: "a $ b"\n${service('image: a')}`, ['pull a']],
  ['the project is one', service('image: ${COMPOSE_PROJECT_NAME}:1'), ['pull myapp:1']],
  [
    'a broken .env is an error that shows nothing of it',
    { 'c.yaml': service('image: a'), '.env': 'A=1\n\nsecret words\n' },
    ['.env:3 is no assignment [write'],
  ],
])

table('what is not supported says so', [
  [
    'extends',
    service('image: a', 'extends: {service: b}'),
    ['c.yaml:4 services.web.extends is not supported [write the service out'],
  ],
  [
    'include',
    `include: [b.yaml]\n${service('image: a')}`,
    ['c.yaml:1 include is not supported [write the services out'],
  ],
  ['tags', service('image: !reset null'), ['c.yaml:3 has the tag `!reset`, which is not supported']],
  ['no tag of our own either', service('image: !ENV HOME'), ['c.yaml:3 has the tag `!ENV`, which is not supported']],
])

table('what Compose would refuse is refused', [
  ['a service without an image', service('command: a'), ['c.yaml:2 services.web has neither `image` nor `build`']],
  ['no services', 'volumes: {}', ['c.yaml:1 has no services']],
  ['no mapping', '- a', ['c.yaml:1 is not a compose file']],
  [
    'a name that is no image',
    service('image: Not An Image'),
    ['c.yaml:3 services.web.image is not the name of an image'],
  ],
  ['bad YAML', 'services: [', ['c.yaml:1 is not valid YAML']],
  ['a key given twice', 'services:\n  a: {image: x}\n  a: {image: y}\n', ['c.yaml:3 services.a: is given twice']],
])

test('args, dockerfile, target and platform are read; a bare argument takes its value from .env alone', () =>
  inFolder(
    {
      ...inApp(
        service(
          'platform: linux/arm64',
          'build:',
          '  context: app',
          '  dockerfile: ../D',
          '  target: $T',
          '  args: [A, B=$T, C=1=2]',
        ),
      ),
      '.env': `export A='x $T'\nT="run\\"time"\n`,
    },
    folder => {
      const { build, platform } = readCompose(`${folder}/c.yaml`, { project: 'p' }).services[0] ?? {}
      expect(platform).toBe('linux/arm64')
      expect(build).toEqual({
        context: `${folder}/app`,
        dockerfile: '../D',
        target: 'run"time',
        args: { A: 'x $T', B: 'run"time', C: '1=2' },
      })
    },
  ))
