import { describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { judge } from '../../scripts/boot/console.ts'
import { parseReport } from '../../scripts/boot/report.ts'
import { home } from '../../scripts/lib/paths.ts'

const SCRIPTS = join(home, 'templates/rootfs/usr/lib/rootsmith')
const folder = (): string => mkdtempSync(join(tmpdir(), 'first-boot-'))

/** Runs one function of the script on a folder, by the shell that runs it on the device. */
const call = (name: string, root: string) =>
  $({
    quiet: true,
    nothrow: true,
    env: { ...process.env, FIRST_BOOT_TEST: '1', ROOT: root },
  })`dash -c ${`. ${SCRIPTS}/first-boot; ${name}`}`

describe('ssh host keys', () => {
  test('are made once; a second run keeps them', async () => {
    const root = folder()
    mkdirSync(join(root, 'etc/ssh'), { recursive: true })
    const first = await call('make_ssh_keys', root)
    expect(first.stdout.trim()).toMatch(/^[23] keys$/)
    const key = join(root, 'etc/ssh/ssh_host_ed25519_key')
    const before = readFileSync(key, 'utf8')
    await call('make_ssh_keys', root)
    expect(readFileSync(key, 'utf8')).toBe(before)
  })

  test('an empty one, left by a power cut, is made anew', async () => {
    const root = folder()
    mkdirSync(join(root, 'etc/ssh'), { recursive: true })
    for (const name of ['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub'])
      writeFileSync(join(root, 'etc/ssh', name), '')
    await call('make_ssh_keys', root)
    expect(readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key'), 'utf8')).toContain('PRIVATE KEY')
  })

  test('are not made where there is no sshd', async () => {
    const root = folder()
    const { stdout, exitCode } = await call('make_ssh_keys', root)
    expect([stdout.trim(), exitCode]).toEqual(['no sshd', 0])
    expect(readdirSync(root)).toEqual([])
  })
})

describe('machine-id', () => {
  for (const [content, ok] of [
    ['0123456789abcdef0123456789abcdef\n', true],
    ['', false],
    ['uninitialized\n', false],
  ] as const) {
    test(`${JSON.stringify(content)} is ${ok ? 'one' : 'none'}`, async () => {
      const root = folder()
      mkdirSync(join(root, 'etc'))
      writeFileSync(join(root, 'etc/machine-id'), content)
      expect((await call('check_machine_id', root)).exitCode === 0).toBe(ok)
    })
  }
})

test('a root that is not on a partition is not grown, and that is no failure', async () => {
  // The build machine's own: an overlay, a whole disk, or a partition that a stub keeps us from.
  const bin = folder()
  writeFileSync(join(bin, 'findmnt'), '#!/bin/sh\necho overlay\n', { mode: 0o755 })
  const { stdout, exitCode } = await $({
    quiet: true,
    nothrow: true,
    env: { ...process.env, FIRST_BOOT_TEST: '1', PATH: `${bin}:${process.env.PATH}` },
  })`dash -c ${`. ${SCRIPTS}/first-boot; grow`}`
  expect([stdout.trim(), exitCode]).toEqual(['/ is not on a partition: nothing to grow', 0])
})

describe('the report', () => {
  /** Runs the real script; only systemd, which does not run here, is played. */
  async function report(steps: string | undefined, failed: string[] = []) {
    const dir = folder()
    const state = join(dir, 'state')
    const bin = join(dir, 'bin')
    mkdirSync(bin)
    const units = failed.map(unit => `echo "${unit} loaded failed failed Something"`).join('; ')
    writeFileSync(
      join(bin, 'systemctl'),
      `#!/bin/sh\ncase "$1" in is-system-running) echo ${failed.length ? 'degraded' : 'running'};; list-units) ${units || ':'};; esac\n`,
    )
    chmodSync(join(bin, 'systemctl'), 0o755)
    if (steps !== undefined) writeFileSync(join(dir, 'steps'), steps)
    const { stdout } = await $({
      quiet: true,
      env: { ...process.env, STEPS: join(dir, 'steps'), STATE: state, PATH: `${bin}:${process.env.PATH}` },
    })`dash ${join(SCRIPTS, 'first-boot-report')}`
    const lines = stdout.trim().split('\n')
    return {
      lines,
      verdict: judge(lines.at(-1) ?? ''),
      report: parseReport(readFileSync(join(state, 'first-boot.json'), 'utf8')),
      again: !existsSync(join(state, 'first-boot.done')),
    }
  }

  test('is what just boot reads, and its last line is the marker', async () => {
    const {
      report: found,
      verdict,
      again,
    } = await report('grow-root\tok\t3\t/dev/a: 1 -> 2 MiB\nssh-host-keys\tok\t12\t\n')
    expect(verdict).toMatchObject({ kind: 'done', text: expect.stringMatching(/^system running after \d+ s$/) })
    expect(found).toMatchObject({ result: 'done', state: 'running', failed_units: [] })
    expect(found.steps).toEqual([
      { name: 'grow-root', status: 'ok', seconds: 3, detail: '/dev/a: 1 -> 2 MiB' },
      { name: 'ssh-host-keys', status: 'ok', seconds: 12, detail: '' },
    ])
    expect(found.root_bytes).toBeGreaterThan(0)
    expect(again).toBe(false)
  })

  test('of a failed step says which, and the next start tries again', async () => {
    const {
      report: found,
      verdict,
      again,
    } = await report('grow-root\tfailed\t0\tsfdisk: "no" \\ such disk\nssh-host-keys\tok\t1\t\n')
    expect(verdict).toMatchObject({ kind: 'failed', reason: 'first boot failed: grow-root' })
    expect(found.result).toBe('failed')
    expect(found.steps[0]?.detail).toBe('sfdisk: "no" \\ such disk')
    expect(again).toBe(true)
  })

  test('says failed when the first half never ran', async () => {
    expect((await report(undefined)).verdict).toMatchObject({ kind: 'failed', reason: 'first boot failed: prepare' })
  })

  test('names the units that failed, and that alone does not fail a first boot', async () => {
    const { report: found, verdict, lines } = await report('grow-root\tok\t3\t\n', ['a.service', 'b.mount'])
    expect(found).toMatchObject({ state: 'degraded', failed_units: ['a.service', 'b.mount'] })
    expect(lines).toContain('[first-boot] unit a.service failed')
    expect(verdict?.kind).toBe('done')
  })
})
