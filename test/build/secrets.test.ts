// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
/** Whole builds with values from the environment: they are where the config puts them, and nowhere else. */
import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { layerDir, layerFiles, listLayers } from '../../scripts/plan/cache.ts'
import { ROOT } from '../../scripts/plan/world.ts'
import { canariesFor, found, foundBelow, watchProcesses } from './canaries.ts'
import { type Ended, type How, Project, rootsmith, seen, TEST_CACHE } from './driver.ts'

const run = $({ quiet: true })
const cache = join(TEST_CACHE, 'test', `secrets-${process.pid}`)
const unpacked = mkdtempSync(join(tmpdir(), 'rootsmith-unpacked-'))

// The tools and the packages are not what is tested: they come from the shared cache, where this puts them.
const plain = new Project('secretplain')
expect((await plain.build()).all).toContain('secretplain.rootfs.tar.zst')
const tools = listLayers(TEST_CACHE).find(({ stage }) => stage === 'tools trixie amd64')
if (!tools) throw new Error('there is no tools tree')
for (const folder of ['layers', 'apt']) mkdirSync(join(cache, folder), { recursive: true })
await run`cp -a ${layerDir(TEST_CACHE, tools.id)} ${layerDir(cache, tools.id)}`
await run`find ${join(TEST_CACHE, 'apt')} -maxdepth 1 -name ${'*.deb'} -exec cp --link -t ${join(cache, 'apt')} '{}' +`

/** A mirror that wants a password. */
const [, archive = ''] =
  /^deb (?:\[.*?\] )?(\S+) trixie /m.exec(
    readFileSync(join(layerFiles(TEST_CACHE, tools.id), 'etc/apt/sources.list'), 'utf8'),
  ) ?? []
const canaries = canariesFor('hash', 'wifi', 'login', 'mail', 'text', 'source', 'target', 'stages', 'quote')
const { hash, wifi, login, mail, text, source, target, stages, quote } = canaries
const seenLogins = new Set<string>()
const mirror = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    seenLogins.add(request.headers.get('authorization') ?? 'none')
    if (request.headers.get('authorization') !== `Basic ${btoa(`builder:${login}`)}`)
      return new Response('who are you?', { status: 401, headers: { 'www-authenticate': 'Basic realm="mirror"' } })
    const { pathname } = new URL(request.url)
    const answer = await fetch(new URL(archive).origin + pathname)
    const modified = answer.headers.get('last-modified')
    const headers = modified ? { 'last-modified': modified } : undefined
    return new Response(answer.body, { status: answer.status, ...(headers ? { headers } : {}) })
  },
})

const env = {
  HASH: `$6$salt$${hash}`,
  WIFI: wifi ?? '',
  LOGIN: login ?? '',
  MAIL: mail ?? '',
  TEXT: text ?? '',
  SOURCE: source ?? '',
  TARGET: target ?? '',
  STAGES: stages ?? '',
  // What shells, JSON and events write otherwise.
  QUOTE: `${quote}'=,%"\\end`,
  // Of use to outputs alone.
  FREE: '64M',
  // Not to be struck out: it is a word, and the log is full of it.
  WORD: 'hello',
}
const CONFIG = `from:
  debian:
    suite: trixie
    components: [main, non-free-firmware]
    mirrors: [!ENV "http://builder:\${LOGIN}@127.0.0.1:${mirror.port}${new URL(archive).pathname}"]
stages: [stages, !ENV STAGES]
outputs: [rootfs, deb]
packages: [!ENV WORD]
system: {ssh: false, user: {name: pi, password_hash: !ENV HASH, sudo: none}}
network: {wifi: {ssid: attic, password: !ENV WIFI, country: GB}}
components: [{type: file, source: !ENV "\${SOURCE}/app.conf", target: !ENV "/opt/\${TARGET}/app.conf"}]
image: {free: !ENV FREE}
package: {maintainer: !ENV "Shop <\${MAIL}@example.org>", description: !ENV "\${TEXT} \${QUOTE}"}
`
const project = new Project('secrettest', CONFIG)
mkdirSync(join(project.dir, source ?? ''))
writeFileSync(join(project.dir, `${source}/app.conf`), 'a=1\n')
mkdirSync(join(project.dir, `${stages}/45-own`), { recursive: true })
// A small rootfs has no systemd, which the wireless network is set up with.
mkdirSync(join(project.dir, 'stages/25-init'))
writeFileSync(join(project.dir, 'stages/25-init/10-packages-nr'), 'systemd\n')
const own = join(project.dir, `${stages}/45-own/20-do-more.ts`)
const ownStep = (body: string): void =>
  writeFileSync(
    own,
    `import { step } from '${ROOT}/scripts/stage/step.ts'\nexport default step({ title: 'Do more', async run({ config, chroot, $, write }) { void [config, chroot, $, write]; ${body} } })\n`,
  )
ownStep('await chroot`echo more`')

afterAll(() => {
  mirror.stop(true)
  for (const each of [plain, project]) each.remove()
  for (const folder of [cache, unpacked]) rmSync(folder, { recursive: true, force: true })
})

const how = (more: How = {}): How => ({ ...more, cache, env: { ...env, ...more.env } })
const build = (args: string[] = [], more: How = {}): Promise<Ended> => project.build(args, how(more))
const plan = (args: string[] = []): Promise<Ended> => rootsmith('plan', ['x.yaml', ...args], how({ cwd: project.dir }))
/** What is left in the cache beside the files of the image. */
const leftInCache = (): string[] =>
  foundBelow(canaries, cache).filter(line => !/ (layers|failed)\/[^/]+\/fs\/| work\/[^/]+\/layer\/fs\//.test(line))

/** In out/, beside what is packed: a compressor leaves what it can't make shorter. */
const beside = (): string[] => foundBelow(canaries, project.out).filter(line => !/\.(deb|zst)$/.test(line))

/** Where the config itself puts a value: for each canary the paths in the rootfs. */
const ON_PURPOSE: [canary: string, path: RegExp][] = [
  ['hash', /^etc\/shadow$/],
  ['wifi', /^etc\/wpa_supplicant\/wpa_supplicant-wlan0\.conf$/],
  ['mail', /^(var\/lib\/dpkg\/status|usr\/share\/doc\/secrettest\/copyright)$/],
  ['quote', /^(var\/lib\/dpkg\/status|usr\/share\/doc\/secrettest\/copyright)$/],
  ['text', /^(var\/lib\/dpkg\/status|usr\/share\/doc\/secrettest\/copyright)$/],
  ['target', /^(opt\/Qz\w+(\/app\.conf)?|var\/lib\/dpkg\/info\/secrettest\.(list|md5sums))$/],
]
const unmeant = (hits: string[]): string[] =>
  hits.filter(hit => {
    const [name, path = ''] = hit.split(/ (.*)/s)
    return !ON_PURPOSE.some(([canary, where]) => canary === name && where.test(path))
  })

test('a plan holds the names of variables, not their values', async () => {
  for (const args of [[], ['--json']]) {
    const { code, all } = await plan(args)
    expect(code).toBe(0)
    expect(found(canaries, all)).toEqual([])
  }
})

test('a build shows, logs and keeps no value; no command line has one', async () => {
  const watch = await watchProcesses(canaries)
  const { code, all } = await build(['--verbose'])
  const { lines, environments, looks } = await watch.end()
  expect(all).toContain('secrettest.rootfs.tar.zst')
  expect(code).toBe(0)
  expect(found(canaries, all)).toEqual([])
  expect(looks).toBeGreaterThan(50)
  expect(lines).toEqual([])
  // It came from there: the driver and the runner have it, and what they start on this machine. Nothing in a rootfs has.
  expect(environments.filter(line => !line.endsWith(' in /'))).toEqual([])
  expect(beside()).toEqual([])
  expect(leftInCache()).toEqual([])
  expect([...seenLogins]).toContain(`Basic ${btoa(`builder:${login}`)}`)
}, 600_000)

test('its log stays readable: a word from the environment is not struck out', async () => {
  const log = readFileSync(join(project.out, 'build.log'), 'utf8')
  expect(log).toMatch(/Unpacking hello /)
  expect(log).not.toContain('‹WORD›')
})

test('the results have values where the config puts them, and nowhere else', async () => {
  const rootfs = join(unpacked, 'rootfs')
  const deb = join(unpacked, 'deb')
  mkdirSync(rootfs)
  await run`tar -x --zstd -f ${join(project.out, 'secrettest.rootfs.tar.zst')} -C ${rootfs}`
  const debFile = readdirSync(project.out).find(name => name.endsWith('.deb')) ?? ''
  await run`dpkg-deb --raw-extract ${join(project.out, debFile)} ${deb}`
  await run`find ${unpacked} -type f -name ${'*.gz'} -exec gunzip --force --quiet '{}' +`.nothrow()
  const hits = foundBelow(canaries, rootfs).map(hit => hit.replace(/ rootfs\//, ' '))
  expect(unmeant(hits.filter(hit => !hit.includes('/doc/secrettest/changelog')))).toEqual([])
  expect(hits).toContain('hash etc/shadow')
  expect(hits).toContain('wifi etc/wpa_supplicant/wpa_supplicant-wlan0.conf')
  expect(foundBelow(canaries, deb).filter(hit => !/^(mail|text|quote|target) /.test(hit))).toEqual([])
  expect(readFileSync(join(rootfs, 'etc/apt/sources.list'), 'utf8')).toContain(`127.0.0.1:${mirror.port}`)
}, 120_000)

test('a value that changed is said to have changed, and not to what', async () => {
  const other = canariesFor('new')
  const { all } = await rootsmith('plan', ['x.yaml'], how({ cwd: project.dir, env: { WIFI: other.new ?? '' } }))
  expect(all).toContain('config.network.wifi.password: the value from the environment changed')
  expect(found({ ...canaries, ...other }, all)).toEqual([])
}, 60_000)

test('a value that only outputs use is a reason to make them again', async () => {
  const key = async (free: string): Promise<string> => {
    const { stdout } = await rootsmith('plan', ['x.yaml', '--json'], how({ cwd: project.dir, env: { FREE: free } }))
    return JSON.parse(stdout).outputsKey
  }
  expect(await key('64M')).toBe(project.metadata().outputs_key)
  expect(await key('65M')).not.toBe(await key('64M'))
}, 60_000)

test('a value that moved into the environment is not shown, either', async () => {
  const other = canariesFor('new')
  project.config(CONFIG.replace('ssid: attic', 'ssid: !ENV NAME'))
  const { all } = await rootsmith('plan', ['x.yaml'], how({ cwd: project.dir, env: { NAME: other.new ?? '' } }))
  project.config(CONFIG)
  expect(all).toContain('config.network.wifi.ssid: ')
  expect(found({ ...canaries, ...other }, all)).toEqual([])
}, 60_000)

const SAID = [
  'await $`echo ${config.network.wifi.password}; printf %s ${config.network.wifi.password} | base64`',
  'await $`printf %s ${config.network.wifi.password.slice(0, 9)}; sleep 0.2; echo ${config.network.wifi.password.slice(9)} >&2`',
  'await $`echo ${JSON.stringify({ said: process.env.QUOTE })}; echo ${process.env.QUOTE}`',
  'process.stdout.write(`::log::level=warn,msg=${config.network.wifi.password}\\n`)',
]
const ENDS: [what: string, body: string][] = [
  ['a command with a value in it', 'await $`ls /nowhere/${config.network.wifi.password} ${process.env.QUOTE}`'],
  ['an error with a value in it', 'throw new Error(`no ${config.network.wifi.password} ${process.env.QUOTE}`)'],
  [
    'a command that shows a value last',
    'await $`echo ${config.network.wifi.password} ${process.env.QUOTE} >&2; false`',
  ],
]
for (const [what, body] of ENDS)
  for (const args of [['--verbose'], ['--json', '--verbose'], []])
    test(`a step that fails with ${what} shows none, ${args.join(' ') || 'plainly'}`, async () => {
      ownStep(`${SAID.join(';')};${body}`)
      const { code, all } = await build(args)
      expect(code).toBe(1)
      expect(all).toContain('Do more')
      expect(found(canaries, all)).toEqual([])
      expect(beside()).toEqual([])
      expect(leftInCache()).toEqual([])
    }, 120_000)

for (const signal of ['SIGINT', 'SIGKILL'] as const)
  test(`after ${signal} in a stage none is left but in the image's own files`, async () => {
    project.config(CONFIG)
    ownStep('await chroot`sleep 100`')
    const building = project.start(['--verbose'], how())
    await seen(building, '+ sleep 100')
    building.child.kill(signal)
    await building.ended
    await Bun.sleep(500)
    expect(leftInCache()).toEqual([])
    expect(beside()).toEqual([])
  }, 120_000)
