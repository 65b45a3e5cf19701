import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from '../../scripts/output/bundle.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { image } from '../../scripts/output/image.ts'
import { type Bench, bench, configOf } from './harness.ts'
import { fillSample } from './sample.ts'

test('it is named after what was built', () => {
  const names = { version: '1.2.0+git', label: '20260101-main-abc1234-dev' }
  expect(bundle.files(configOf(), names)).toEqual([
    'sample-20260101-main-abc1234-dev.run',
    'sample-20260101-main-abc1234-dev.run.sha256',
  ])
})

describe('with tools', () => {
  let b: Bench
  let file: string

  async function make(): Promise<Bench> {
    const made = await bench({ components: [{ type: 'file', source: 'hello', target: '/etc/hello' }] })
    await fillSample(made)
    await writeFile(join(made.configDir, 'hello'), 'hello\n')
    await image.make(made)
    await bundle.make(made)
    return made
  }
  beforeAll(async () => {
    b = await make()
    file = join(b.out, 'sample-1.2.0.run')
  }, 60_000)
  afterAll(() => b.close())

  function run(args: string[], env: Record<string, string> = {}): { status: number; text: string } {
    const settings = { PATH: process.env.PATH ?? '', TMPDIR: b.work, ...env }
    const done = Bun.spawnSync(['sh', file, ...args], { env: settings, stdin: 'ignore', cwd: b.work })
    return { status: done.exitCode, text: done.stdout.toString() + done.stderr.toString() }
  }

  test('it answers what makeself bundles answer', () => {
    expect(run(['--check'])).toMatchObject({ status: 0, text: expect.stringContaining('SHA256 checksums are OK') })
    expect(run(['--info']).text).toContain('Date of packaging: Tue, 14 Nov 2023 22:13:20 GMT')
    expect(run(['--help']).text).toContain('--list-devices')
    const list = run(['--list']).text
    for (const name of ['./flash.sh', './sample.img.xz', './sample_1.2.0_all.deb']) expect(list).toContain(name)
  })

  test('arguments after -- reach the flash script, its status comes back', () => {
    expect(run(['--', '--version']).text).toContain('sample 1.2.0\n')
    expect(run(['--', '--list-devices']).status).toBe(0)
    expect(run(['--', '--yes'])).toMatchObject({ status: 2, text: expect.stringContaining('--yes needs --device') })
  })

  test('it flashes a file byte for byte, named from where the user stands', async () => {
    const facts = await readFacts(b.out, 'sample')
    await writeFile(join(b.work, 'card.img'), Buffer.alloc(facts.image_bytes, 1))
    const done = run(['--', '--device', 'card.img', '--yes'], { ROOTSMITH_FLASH_TEST: '1' })
    expect(done.text).toContain('holds sample 1.2.0')
    expect(done.status).toBe(0)
    expect(await sha256File(join(b.work, 'card.img'))).toBe(facts.image_sha256)
  })

  test('it runs where TMPDIR is mounted noexec', async () => {
    const script = 'mount -t tmpfs -o noexec none /tmp && TMPDIR=/tmp sh /out/sample-1.2.0.run --quiet -- --version'
    expect((await b.tools`unshare --mount bash -ec ${script}`).stdout).toContain('sample 1.2.0\n')
  })

  test('a bundle with a flipped bit fails its check and does not run', async () => {
    const bytes = await readFile(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5000) ^ 1, bytes.length - 5000)
    const broken = join(b.work, 'broken.run')
    await writeFile(broken, bytes)
    for (const args of [['--check'], ['--', '--version']]) {
      const done = Bun.spawnSync(['sh', broken, ...args], { env: { PATH: process.env.PATH ?? '', TMPDIR: b.work } })
      expect(done.exitCode).toBe(2)
    }
  })

  test('two builds give the same bytes, and the checksum file checks', async () => {
    const again = await make()
    expect(await sha256File(join(again.out, 'sample-1.2.0.run'))).toBe(await sha256File(file))
    await again.tools`cd /out && sha256sum -c sample-1.2.0.run.sha256`
    await again.close()
  }, 60_000)
})
