import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../scripts/lib/errors.ts'
import { loadRequest, type Words } from '../../scripts/plan/load.ts'
import { hostArch } from '../../scripts/sandbox/arch.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rootsmith-load-')))
const cwd = process.env.ROOTSMITH_CWD
const config = join(folder, 'builder.yaml')
/** As the seed has it: what is put on a rootfs, and nothing else. */
const SEED = 'depends: [curl]\ncomponents:\n  - {type: file, source: app.conf, target: /etc/app.conf}\n'

beforeAll(() => {
  process.env.ROOTSMITH_CWD = folder
  mkdirSync(join(folder, 'rootfs/usr/bin'), { recursive: true })
  copyFileSync(process.execPath, join(folder, 'rootfs/usr/bin/program'))
  mkdirSync(join(folder, 'blank'))
  writeFileSync(join(folder, 'app.conf'), '')
  writeFileSync(config, SEED)
})
afterAll(() => {
  if (cwd === undefined) delete process.env.ROOTSMITH_CWD
  else process.env.ROOTSMITH_CWD = cwd
  rmSync(folder, { recursive: true })
})

const loaded = async (words: Partial<Words>, text = SEED) => {
  writeFileSync(config, text)
  return (await loadRequest({ config, ...words })).loaded.config
}
const refusal = (words: Partial<Words>, text = SEED): Promise<string> =>
  loaded(words, text).then(
    () => 'nothing',
    error => {
      if (!(error instanceof UserError)) throw error
      return `${error.exitCode} ${error.message} [${error.hint ?? ''}]`
    },
  )

describe('--rootfs', () => {
  test('makes a config whole that only says what is put on a rootfs', async () => {
    const found = await loaded({ rootfs: 'rootfs', name: 'my-app' })
    expect(found).toMatchObject({
      name: 'my-app',
      target: 'generic',
      arch: hostArch(),
      from: { rootfs: { path: join(folder, 'rootfs') } },
      outputs: ['rootfs'],
      system: { ssh: false },
      depends: ['curl'],
    })
  })
  test('comes in place of what the config starts from, and leaves the rest of it', async () => {
    const text = 'name: a\ntarget: rpi\narch: arm64\nfrom: {debian: {components: [main, non-free-firmware]}}\n'
    const found = await loaded({ rootfs: join(folder, 'rootfs') }, text)
    expect(found.from).toEqual({ rootfs: { path: join(folder, 'rootfs') } })
    expect([found.name, found.target, found.arch, found.outputs]).toEqual(['a', 'rpi', 'arm64', ['image']])
    expect(found.system.ssh).toBe(true)
  })
  test('may be an address, whose architecture has to be said', async () => {
    const rootfs = 'https://example.org/rootfs.tar.xz'
    expect(await refusal({ rootfs, name: 'app' })).toBe(
      '2 the architecture of a download is not known yet [say it: --set arch=arm64]',
    )
    expect((await loaded({ rootfs, name: 'app', set: ['arch=arm64'] })).from).toEqual({ rootfs: { url: rootfs } })
  })
  test('may not be an address of http', async () => {
    expect(await refusal({ rootfs: 'http://example.org/x.tar', name: 'app', set: ['arch=arm64'] })).toStartWith(
      '2 from.rootfs.url: `http://example.org/x.tar` is not an address such as',
    )
  })
  test('that is not there is said at once', async () => {
    expect(await refusal({ rootfs: 'rotfs', name: 'app' })).toBe(
      `2 --rootfs rotfs does not exist [looked for ${join(folder, 'rotfs')}]`,
    )
  })
  test('that shows no architecture asks for it', async () => {
    expect(await refusal({ rootfs: 'blank', name: 'app' })).toBe(
      '2 blank does not show for which architecture it is [say it: --set arch=arm64]',
    )
  })
})

describe('--name', () => {
  test("comes in place of the config's", async () => {
    expect((await loaded({ rootfs: 'rootfs', name: 'bee' }, `name: app\n${SEED}`)).name).toBe('bee')
  })
  test('is checked like it', async () => {
    expect(await refusal({ rootfs: 'rootfs', name: 'My App' })).toStartWith('2 name: ')
  })
  test('is text, whatever YAML would make of it', async () => {
    expect((await loaded({ rootfs: 'rootfs', name: '2024' })).name).toBe('2024')
  })
})
