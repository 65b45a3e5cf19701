/**
 * A whole deployment: a compose project, services, files and a directory on a Debian for the Pi, as one .run, flashed to a
 * file and booted. In the guest Debian's own Docker finds the images, although no registry is left to ask.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'zx'
import { bootImage } from '../../scripts/boot/attempt.ts'
import { TABLE } from '../../scripts/boot/machine.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { Project, rootsmith, TEST_CACHE } from './driver.ts'
import { startEngine, stopEngine } from './engine.ts'
import { busyboxTree, loadImage } from './images.ts'
import { Registry } from './registry.ts'

const project = new Project('deploy')
const { dir } = project
let registry: Registry
let env: Record<string, string>
const run = (file: string, words: string[]) =>
  $({ quiet: true, env: { ...process.env, ROOTSMITH_FLASH_TEST: '1' } as Record<string, string> })`sh ${file} ${words}`

const UNIT = (name: string, more: string): string =>
  `[Unit]\nDescription=${name}\n${more}\n\n[Install]\nWantedBy=multi-user.target\n`

/** What the guest tells of its Docker, on the console. */
const LOOK = `#!/bin/sh
for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 5; done
docker image ls --format '[look] image {{.Repository}}:{{.Tag}} {{.ID}}'
docker image inspect --format '[look] layers {{.RepoTags}} {{.RootFS.Layers}}' $(docker image ls -q)
echo "[look] driver $(docker info --format '{{.Driver}} {{.ServerVersion}}')"
docker exec shop-db-1 ls -R /srv | sed 's/^/[look] db /'
docker ps -a --format '[look] container {{.Names}} {{.Image}} {{.Status}}'
echo "[look] unit $(systemctl show -p ActiveState,Result --value deploy-shop.service | tr '\\n' ' ')"
`

beforeAll(async () => {
  env = await startEngine()
  registry = await Registry.make()
  const tree = await busyboxTree('arm64')
  const quiet = $({ quiet: true, env: { ...process.env, ...env } as Record<string, string> })
  // One base for both, so that the store holds its layer once.
  const base = `${registry.host}/base:1`
  await loadImage([tree], 'arm64', base, env)
  await quiet`docker push ${base}`
  mkdirSync(join(dir, 'web'))
  mkdirSync(join(dir, 'db'))
  writeFileSync(join(dir, 'web/Dockerfile'), `FROM ${base}\nCOPY page /srv/page\n`)
  writeFileSync(join(dir, 'web/page'), 'hello\n')
  // Its second layer deletes a file of the first, and all of a folder but what it puts there.
  for (const [path, text] of Object.entries({
    '1/srv/gone': '',
    '1/srv/dir/old': '',
    '2/srv/.wh.gone': '',
    '2/srv/dir/.wh..wh..opq': '',
    '2/srv/dir/new': '',
  })) {
    mkdirSync(dirname(join(dir, 'db', path)), { recursive: true })
    writeFileSync(join(dir, 'db', path), text)
  }
  await loadImage([tree, join(dir, 'db/1'), join(dir, 'db/2')], 'arm64', `${registry.host}/db:1`, env)
  await quiet`docker push ${registry.host}/db:1`
  writeFileSync(
    join(dir, 'compose.yaml'),
    `services:
  web: {build: ./web, command: sleep 100000, network_mode: none}
  db: {image: '${registry.host}/db:1', command: sleep 100000, network_mode: none, volumes: ['data:/data']}
  side: {image: '${base}', command: sleep 100000, network_mode: none}
volumes: {data: {}}
`,
  )
  mkdirSync(join(dir, 'files/app'), { recursive: true })
  writeFileSync(join(dir, 'files/app/run'), '#!/bin/sh\necho ran\n', { mode: 0o755 })
  writeFileSync(join(dir, 'app.conf'), 'a=1\n')
  writeFileSync(join(dir, 'look.sh'), LOOK)
  writeFileSync(
    join(dir, 'look.service'),
    UNIT(
      'Looks at Docker',
      'After=docker.service deploy-shop.service\n\n[Service]\nType=oneshot\nExecStart=/opt/look.sh\nStandardOutput=journal+console\nTimeoutStartSec=infinity',
    ),
  )
  writeFileSync(join(dir, 'other.service'), UNIT('Another', '\n[Service]\nType=oneshot\nExecStart=/opt/app/run'))
  config('hello\n')
}, 600_000)
afterAll(async () => {
  await registry?.remove()
  await stopEngine()
  project.remove()
})

function config(text: string): void {
  writeFileSync(join(dir, 'app.conf'), text)
  project.config(`
target: rpi
arch: arm64
from: {debian: {suite: trixie, components: [main, non-free-firmware]}}
system: {hostname: deploy, ssh: false}
packages: [docker.io, docker-cli, docker-compose]
depends: [docker.io]
components:
  - {type: docker-compose, path: compose.yaml, target: /opt/shop, operation: build}
  - {type: systemd, service: look.service}
  - {type: systemd, service: other.service}
  - {type: file, source: app.conf, target: /etc/app.conf}
  - {type: file, source: look.sh, target: /opt/look.sh, chmod: 755}
  - {type: directory, source: files/app, target: /opt/app}
image: {compression: {format: zstd, level: 1}}
outputs: [image]`)
}

const bundle = (...args: string[]) => rootsmith('bundle', ['x.yaml', ...args], { cwd: dir, env })
const runFile = (): string => join(project.out, readdirSync(project.out).find(name => name.endsWith('.run')) ?? '')

test('one config becomes one .run, images and all', async () => {
  const { code, all } = await bundle()
  expect(all).toContain('images: built')
  expect(all).toMatch(/deploy-\S+\.run/)
  expect(code).toBe(0)
})

test('nothing of the build machine is left in the store, and shared layers are there once', async () => {
  const layer = project.metadata().stages.find(({ name }) => name === 'images')?.layer ?? ''
  const store = join(TEST_CACHE, 'layers', layer, 'fs/docker')
  expect(readdirSync(store).sort()).toEqual(['image', 'overlay2'])
  // That of base, one of web, two of db.
  expect(readdirSync(join(store, 'image/overlay2/layerdb/sha256'))).toHaveLength(4)
  expect(statSync(store).mode & 0o777).toBe(0o710)
})

test('a changed file rebuilds one layer, and the images are reused', async () => {
  config('changed\n')
  const { code } = await bundle()
  expect(code).toBe(0)
  const built = Object.entries(project.statuses()).filter(([, status]) => status === 'built')
  expect(built).toEqual([['90-finish', 'built']])
  expect(project.statuses().images).toBe('reused')
})

test('without registry and network the guest has the images, and its compose unit starts them', async () => {
  await registry.stop()
  const card = join(dir, 'card.img')
  writeFileSync(card, '')
  truncateSync(card, (await readFacts(project.out, 'deploy')).image_bytes)
  await run(runFile(), ['--device', card, '--yes'])
  const said: string[] = []
  const watch = { say: (text: string) => void said.push(text), line: () => {}, done: () => {} }
  const { report } = await bootImage({
    image: card,
    machine: TABLE.virt,
    timeout: 1800,
    folder: dir,
    cache: TEST_CACHE,
    watch: watch as unknown as Parameters<typeof bootImage>[0]['watch'],
  })
  const console_ = readFileSync(join(dir, 'boot-virt.log'), 'utf8')
  const look = console_.split('\n').flatMap(line => /\[look\] (.*?)\r?$/.exec(line)?.[1] ?? [])
  process.stdout.write(`${look.join('\n')}\n`)
  for (const name of [`${registry.host}/base:1`, `${registry.host}/db:1`, 'shop-web:latest'])
    expect(look.some(line => line.startsWith(`image ${name} `))).toBe(true)
  expect(look.find(line => line.startsWith('driver'))).toMatch(/^driver overlay2 /)
  expect(look.filter(line => line.startsWith('container shop')).length).toBe(3)
  // The whiteout and the opaque folder came through the image, ext4 and a boot.
  expect(look.filter(line => line.startsWith('db ')).join(' ')).toBe('db /srv: db dir db /srv/dir: db new')
  expect(look.find(line => line.startsWith('unit'))).toMatch(/^unit active success|^unit success active/)
  expect(report.failed_units).toEqual([])
}, 3_000_000)
