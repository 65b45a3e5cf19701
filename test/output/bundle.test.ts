import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, copyFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from '../../scripts/output/bundle.ts'
import { sha256File } from '../../scripts/output/digest.ts'
import { readFacts } from '../../scripts/output/facts.ts'
import { image } from '../../scripts/output/image.ts'
import { requireSignPassword, signFile } from '../../scripts/output/sign.ts'
import type { OutputContext } from '../../scripts/output/table.ts'
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

  type Result = { status: number; text: string; stdout: Buffer }

  function run(args: string[], env: Record<string, string> = {}, path = file, cwd = b.work): Result {
    const settings = { PATH: process.env.PATH ?? '', TMPDIR: b.work, ...env }
    const done = Bun.spawnSync(['sh', path, ...args], { env: settings, stdin: 'ignore', cwd })
    return { status: done.exitCode, text: done.stdout.toString() + done.stderr.toString(), stdout: done.stdout }
  }

  test('--check looks at what makeself packed and at each payload', () => {
    const { status, text } = run(['--check'])
    expect(text).toContain('SHA256 checksums are OK')
    expect(text).toContain('sample.img.xz: whole')
    expect(status).toBe(0)
  })

  test('--list names what is unpacked and what is streamed', async () => {
    const { text } = run(['--list'])
    const { size } = Bun.file(join(b.out, 'sample.img.xz'))
    expect(text).toMatch(/Unpacked.* flash.sh\n.* sample_1.2.0_all.deb\n.*Streamed/s)
    expect(text).toContain(`  ${size}  sample.img.xz\n`)
    expect(text).not.toContain('Verifying')
  })

  test('--payload writes the image to stdout, byte for byte, and nothing else', async () => {
    const { status, stdout } = run(['--payload', 'sample.img.xz'])
    expect(status).toBe(0)
    expect(stdout.equals(await readFile(join(b.out, 'sample.img.xz')))).toBe(true)
    expect(run(['--payload', 'other'])).toMatchObject({ status: 2, text: expect.stringContaining('sample.img.xz') })
  })

  test('its options need no -- before them, and reach the flash script with one, too', () => {
    expect(run(['--', '--version']).text).toContain('\nsample 1.2.0\n')
    expect(run(['--version']).text).toBe('sample 1.2.0\n')
    expect(run(['--list-devices']).status).toBe(0)
    expect(run(['--yes'])).toMatchObject({ status: 2, text: expect.stringContaining('--yes needs --device') })
    expect(run(['--help']).text.match(/--list-devices/g)).toHaveLength(2)
    expect(run(['--help']).text).not.toContain('Makeself')
    expect(run([])).toMatchObject({ status: 2, text: expect.stringContaining('name the device with --device') })
  })

  test("makeself's own options still are its own", async () => {
    expect(run(['--info']).text).toContain('Date of packaging: Tue, 14 Nov 2023 22:13:20 GMT')
    expect(run(['--tar', 'tf']).text).toContain('./flash.sh\n')
    expect(run(['--quiet', '--noexec', '--target', 'unpacked']).status).toBe(0)
    const found = Bun.spawnSync(['ls', join(b.work, 'unpacked')]).stdout.toString()
    expect(found).toBe('flash.sh\nsample.img.bmap\nsample_1.2.0_all.deb\n')
  })

  test('it flashes a file byte for byte, named from where the user stands', async () => {
    const facts = await readFacts(b.out, 'sample')
    await writeFile(join(b.work, 'card.img'), Buffer.alloc(facts.image_bytes))
    const done = run(['--device', 'card.img', '--yes'], { ROOTSMITH_FLASH_TEST: '1' })
    expect(done.text).toContain('holds sample 1.2.0')
    expect(done.status).toBe(0)
    expect(await sha256File(join(b.work, 'card.img'))).toBe(facts.image_sha256)
  })

  test('by whatever name and from wherever it is started, it finds its payloads', async () => {
    const folder = join(b.work, "a folder of the user's")
    await mkdir(folder)
    await copyFile(file, join(folder, 'a copy $(echo).run'))
    await symlink(file, join(folder, 'link.run'))
    for (const name of ['a copy $(echo).run', 'link.run', './link.run', join(folder, 'link.run')])
      expect(run(['--check'], {}, name, folder)).toMatchObject({ status: 0, text: expect.stringContaining('whole') })
  })

  test('it runs where TMPDIR is mounted noexec', async () => {
    const script = 'mount -t tmpfs -o noexec none /tmp && TMPDIR=/tmp sh /out/sample-1.2.0.run --check'
    expect((await b.tools`unshare --mount bash -ec ${script}`).stdout).toContain('sample.img.xz: whole\n')
  })

  test('with a bit flipped anywhere behind the header, or cut off, or longer, it fails its check and does not flash', async () => {
    const whole = await readFile(file)
    const card = join(b.work, 'untouched.img')
    const facts = await readFacts(b.out, 'sample')
    await truncate(await writeFile(card, '').then(() => card), facts.image_bytes)
    const flipped = (at: number): Buffer => {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return bytes
    }
    const payload = Bun.file(join(b.out, 'sample.img.xz')).size
    const broken = {
      archive: flipped(whole.length - payload - 5000),
      payload: flipped(whole.length - 5000),
      end: flipped(whole.length - 1),
      'cut off': whole.subarray(0, whole.length - 4096),
      'cut off in the archive': whole.subarray(0, whole.length - payload - 4096),
      longer: Buffer.concat([whole, Buffer.alloc(1)]),
    }
    for (const [name, bytes] of Object.entries(broken)) {
      const path = join(b.work, `broken ${name}.run`)
      await writeFile(path, bytes)
      for (const args of [['--check'], ['--device', card, '--yes']]) {
        const { status, text } = run(args, { ROOTSMITH_FLASH_TEST: '1' }, path)
        expect([name, args[0], status]).toEqual([name, args[0], /payload|end/.test(name) ? 1 : 2])
        expect(text).toMatch(/is damaged|Error in SHA256|Unexpected archive size/)
      }
    }
    expect((await readFile(card)).every(byte => byte === 0)).toBe(true)
  })

  test('interrupted, it cleans up and ends with 130', async () => {
    const bin = join(b.work, 'slow')
    const temporary = join(b.work, 'temporary')
    await mkdir(bin)
    await mkdir(temporary)
    await writeFile(join(bin, 'xz'), '#!/bin/sh\nsleep 30\n')
    await chmod(join(bin, 'xz'), 0o755)
    const facts = await readFacts(b.out, 'sample')
    await writeFile(join(b.work, 'slow.img'), Buffer.alloc(facts.image_bytes, 1))
    const env = { PATH: `${bin}:${process.env.PATH}`, TMPDIR: temporary, ROOTSMITH_FLASH_TEST: '1' }
    // A group of its own, which Ctrl-C reaches as a whole.
    const words = ['setsid', '--wait', 'sh', file, '--device', 'slow.img', '--yes']
    const flash = Bun.spawn(words, { env, cwd: b.work, stdout: 'pipe', stderr: 'pipe' })
    for await (const said of flash.stdout) if (Buffer.from(said).toString().includes('Writing')) break
    process.kill(-flash.pid, 'SIGINT')
    expect(await flash.exited).toBe(130)
    expect(await new Response(flash.stderr).text()).toContain('is half written, and does not start')
    expect(await readdir(temporary)).toEqual([])
  })

  test('two builds give the same bytes, and the checksum file checks', async () => {
    const again = await make()
    expect(await sha256File(join(again.out, 'sample-1.2.0.run'))).toBe(await sha256File(file))
    await again.tools`cd /out && sha256sum -c sample-1.2.0.run.sha256`
    await again.close()
  }, 60_000)

  describe('signed', () => {
    let key: string
    const signed = (file: string): OutputContext => ({ ...b, config: { ...b.config, bundle: { sign_key: file } } })
    const PASSWORD = { ROOTSMITH_SIGN_PASSWORD: 'a "pass\\word' }
    const RUN = 'sample-1.2.0.run'

    beforeAll(async () => {
      key = join(b.work, 'own.key')
      await writeFile(join(b.work, 'typed'), `${PASSWORD.ROOTSMITH_SIGN_PASSWORD}\n`.repeat(2))
      await b.tools`cd /work && minisign -G -p own.pub -s own.key < typed && minisign -G -W -p plain.pub -s plain.key`
    }, 180_000)

    const signAnd = async (file: string, env: Record<string, string> = {}): Promise<string> => {
      await signFile(signed(file), file, RUN, env)
      return readFile(join(b.out, `${RUN}.minisig`), 'utf8')
    }

    test('its signature is right for the public key, and the same each time', async () => {
      const plain = join(b.work, 'plain.key')
      const first = await signAnd(plain)
      expect(await signAnd(plain)).toBe(first)
      const { stdout } = await b.tools`cd /out && minisign -V -p /work/plain.pub -m ${RUN}`
      expect(stdout).toContain(`Trusted comment: file:${RUN}`)
      await b.tools`cp /out/${RUN}.minisig /work/${RUN}.minisig && cp /out/${RUN} /work/${RUN} && printf x >> /work/${RUN}`
      const broken = await b.tools`cd /work && minisign -V -p plain.pub -m ${RUN}`.nothrow()
      expect(broken.exitCode).not.toBe(0)
    })

    // scrypt takes a gigabyte of memory and seconds for each password, by design.
    test('no password, a wrong one and a file that is no key are told apart, and nothing of the key stays', async () => {
      await expect(signAnd(key)).rejects.toThrow('the key has a password, and none is given')
      await expect(signAnd(join(b.work, 'own.pub'), PASSWORD)).rejects.toThrow('is not a secret key')
      await expect(signAnd(key, { ROOTSMITH_SIGN_PASSWORD: 'no' })).rejects.toThrow(
        'the password is not that of the key',
      )
      await signAnd(key, PASSWORD)
      await b.tools`cd /out && minisign -V -p /work/own.pub -m ${RUN}`
      expect((await readdir(b.work)).filter(name => name.startsWith('sign.'))).toEqual([])
      const secret = (await readFile(key, 'utf8')).split('\n')[1] ?? '?'
      expect((await readFile(join(b.out, RUN))).includes(secret)).toBe(false)
    }, 180_000)

    test('a build that could not sign is refused before it begins', () => {
      const { config } = signed(key)
      const wanted = { ...config, outputs: ['bundle' as const] }
      expect(() => requireSignPassword(wanted, {})).toThrow('none is given')
      requireSignPassword(wanted, PASSWORD)
      requireSignPassword(config, {})
      const names = bundle.files(wanted, { version: '1.2.0', label: '1.2.0' })
      expect(names).toEqual([RUN, `${RUN}.sha256`, `${RUN}.minisig`])
    })
  })
})
