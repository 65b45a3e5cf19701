import { beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../scripts/config/load.ts'
import { environmentOf, pack, sourcesOf } from '../../scripts/container/ship.ts'
import { ROOT } from '../../scripts/plan/world.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rootsmith-ship-test-'))
  for (const folder of ['.git', 'node_modules', 'out/x', 'files', 'stages/45-own'])
    mkdirSync(join(dir, folder), { recursive: true })
  writeFileSync(join(dir, 'files/a b'), 'x')
  writeFileSync(
    join(dir, 'x.yaml'),
    'name: x\ntarget: generic\narch: amd64\nfrom: {debian: {suite: trixie}}\nstages: [stages]\noutputs: [rootfs]\n',
  )
})

const load = (set: string[] = []) => loadConfig(join(dir, 'x.yaml'), { set, env: {} })

test('the folder of a config is shipped, without git, packages and results', async () => {
  const sources = sourcesOf(await load(), [join(dir, 'out/x')])
  for (const name of ['x.yaml', 'files', 'stages']) expect(sources).toContain(join(dir, name))
  for (const name of ['.git', 'node_modules', 'out/x']) expect(sources).not.toContain(join(dir, name))
})

test('so is what a config names elsewhere, and Rootsmith itself', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'rootsmith-elsewhere-'))
  const sources = sourcesOf(await load([`stages=[${elsewhere}]`]), [])
  for (const path of [elsewhere, join(ROOT, 'scripts'), join(ROOT, 'stages'), join(ROOT, 'templates')])
    expect(sources).toContain(path)
})

test('nothing is shipped twice', async () => {
  const sources = sourcesOf(await loadConfig(join(ROOT, 'config/rpi.yaml'), { env: {} }), [])
  expect(new Set(sources).size).toBe(sources.length)
  for (const path of sources) expect(sources.some(other => other !== path && path.startsWith(`${other}/`))).toBe(false)
})

test('the archive has the sources under their own names, and neither Bun nor compilers', async () => {
  const request = { loaded: await load(), options: { out: join(dir, 'out/x') } } as unknown as Parameters<
    typeof pack
  >[0]
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-folder-'))
  const { file, bytes } = await pack(request, folder)
  const names = Bun.spawnSync(['tar', '-tf', file]).stdout.toString().split('\n')
  expect(bytes).toBe(Bun.file(file).size)
  for (const name of [
    join(dir, 'files/a b'),
    join(ROOT, 'scripts/stage/run.ts'),
    join(ROOT, 'node_modules/zx/package.json'),
  ])
    expect(names).toContain(name.slice(1))
  expect(names.some(name => /node_modules\/(bun|typescript|@biomejs|\.bin)\//.test(name))).toBe(false)
  expect(bytes).toBeLessThan(40 * 2 ** 20)
})

test('of the environment only what the config names is handed over', async () => {
  const file = join(dir, 'x.yaml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}system: {hostname: !ENV NAME}\n`)
  const loaded = await loadConfig(file, { env: { NAME: 'pi4' } })
  expect(environmentOf(loaded, { NAME: 'pi4', OTHER: 'x' })).toEqual({ NAME: 'pi4' })
})

test('the password of a signing key is handed over when there is one to sign with', async () => {
  const file = join(dir, 'signed.yaml')
  const key = Buffer.concat([Buffer.from('EdSc'), Buffer.alloc(154)]).toString('base64')
  writeFileSync(join(dir, 'sign.key'), `untrusted comment: x\n${key}\n`)
  writeFileSync(
    file,
    'name: x\ntarget: generic\narch: amd64\nfrom: {debian: {}}\noutputs: [rootfs]\nbundle: {sign_key: sign.key}\n',
  )
  const loaded = await loadConfig(file, { env: {} })
  expect(environmentOf(loaded, { ROOTSMITH_SIGN_PASSWORD: 'x', OTHER: 'x' })).toEqual({ ROOTSMITH_SIGN_PASSWORD: 'x' })
})
