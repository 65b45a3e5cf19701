/** The shipped Pi, for real: killed in every stage and resumed, built again by another user, the same bytes each time. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import type { Metadata } from '../../scripts/output/publish.ts'
import { layerFiles } from '../../scripts/plan/cache.ts'
import { ROOT } from '../../scripts/plan/world.ts'
import { enter } from '../../scripts/sandbox/enter.ts'
import { rootsmith, seen, start, TEST_CACHE } from './driver.ts'

const quiet = $({ quiet: true })
const top = mkdtempSync(join(tmpdir(), 'rootsmith-rpi-'))
afterAll(() => rmSync(top, { recursive: true, force: true }))
/** Where test/build/boot.test.ts finds the image, too. */
const out = join(TEST_CACHE, 'test/out-rpi')
const metadata = (folder: string): Metadata =>
  JSON.parse(readFileSync(join(folder, 'metadata.json'), 'utf8')) as Metadata

/** A time that no build had before: every layer is another one, so nothing of an earlier run of this test is reused. */
const epoch = String(Math.floor(Date.now() / 1000))
const how = { env: { SOURCE_DATE_EPOCH: epoch } }

const STAGES = [
  '00-bootstrap',
  '10-system',
  '20-kernel',
  '30-network',
  '40-packages',
  '50-cloud-init',
  '60-first-boot',
  '80-initrd',
  '90-finish',
]

describe('as root', () => {
  test('a build that is killed in every stage goes on from the last finished one', async () => {
    rmSync(out, { recursive: true, force: true })
    for (const [at, stage] of STAGES.entries()) {
      const build = start('bundle', ['config/rpi.yaml', '--out', out], how)
      await seen(build, `${stage}: `)
      build.child.kill('SIGKILL')
      await build.ended
      expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(TEST_CACHE)
      // The stage below was built just now, by this run: the one before it died in it.
      if (at > 1) expect(build.output()).toContain(`${STAGES[at - 2]}: reused`)
      expect(existsSync(out)).toBe(false)
    }
    const build = start('bundle', ['config/rpi.yaml', '--out', out], how)
    await seen(build, 'output image: ')
    build.child.kill('SIGKILL')
    await build.ended
    expect(existsSync(out)).toBe(false)
  })

  test('and finishes with everything that was asked for', async () => {
    const { code, all } = await rootsmith('bundle', ['config/rpi.yaml', '--out', out], how)
    expect(all).toContain('rpi.img.xz')
    expect(code).toBe(0)
    const names = readdirSync(out)
    for (const name of ['rpi.img.xz', 'rpi.img.xz.sha256', 'rpi.img.bmap', 'metadata.json', 'build.log'])
      expect(names).toContain(name)
    expect(names.some(name => /^rpi_.*_all\.deb$/.test(name))).toBe(true)
    expect(names.some(name => /^rpi-.*\.run$/.test(name))).toBe(true)
    await quiet`cd ${out} && sha256sum -c rpi.img.xz.sha256`
    expect(
      metadata(out)
        .stages.filter(({ status }) => status === 'built')
        .map(({ name }) => name),
    ).not.toContain('00-bootstrap')
  })

  test('its layers take at most 1.15 times the size of the rootfs', async () => {
    const { layers, stages } = metadata(out)
    const folders = layers.map(id => layerFiles(TEST_CACHE, id))
    const command = `cd ${TEST_CACHE}/layers && mount -t overlay overlay -o userxattr,lowerdir=${layers.map(id => `${id}/fs`).join(':')} /mnt && du -s --block-size=1 /mnt`
    const sandbox = await enter(['sh', '-c', command])
    let said = ''
    sandbox.child.stdout?.on('data', data => {
      said += data
    })
    expect(await sandbox.exited).toBe(0)
    expect(folders.every(existsSync)).toBe(true)
    const rootfs = Number(said.split('\t')[0])
    const cost = stages.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(rootfs).toBeGreaterThan(300e6)
    expect(cost / rootfs).toBeLessThanOrEqual(1.15)
  })

  test('the bundle proves itself', async () => {
    const run = readdirSync(out).find(name => name.endsWith('.run')) ?? ''
    expect((await quiet`sh ${join(out, run)} --check`).stdout).toContain('All good')
    await quiet`cd ${out} && sha256sum -c ${`${run}.sha256`}`
  })
})

describe('as an ordinary user with subordinate ids', () => {
  const name = 'rootsmith-test'
  const clone = join(top, 'clone')
  const home = join(top, 'home')

  beforeAll(async () => {
    await quiet({ nothrow: true })`useradd --system --add-subids-for-system --home-dir ${home} ${name}`
    if (!readFileSync('/etc/subuid', 'utf8').includes(`${name}:`))
      await quiet`usermod --add-subuids 400000-465535 --add-subgids 400000-465535 ${name}`
    // A repository that only root can read is no use to them: hard links are as good as a copy.
    await quiet`chmod 755 ${top} && (cp -al ${ROOT} ${clone} 2> /dev/null || { rm -rf ${clone}; cp -a ${ROOT} ${clone}; })`
    mkdirSync(home)
    const [user, group] = (await quiet`id -u ${name}; id -g ${name}`).stdout.trim().split('\n').map(Number)
    chownSync(home, user ?? 0, group ?? 0)
  })

  test('the same build has the same bytes as root made', async () => {
    const words = [
      'setpriv',
      '--reuid',
      name,
      '--regid',
      name,
      '--init-groups',
      'env',
      `HOME=${home}`,
      `ROOTSMITH_CACHE=${home}/cache`,
      `ROOTSMITH_CWD=${clone}`,
      'CI=true',
      `SOURCE_DATE_EPOCH=${epoch}`,
      'NO_COLOR=1',
    ]
    const bun = join(clone, 'node_modules/.bin/bun')
    const theirs = join(home, 'out')
    const built = await quiet({
      nothrow: true,
      cwd: clone,
    })`${words} ${bun} ${join(clone, 'scripts/bundle.ts')} config/rpi.yaml --out ${theirs}`
    expect(built.stdout + built.stderr).toContain('rpi.img.xz')
    expect(built.exitCode).toBe(0)
    expect(metadata(theirs).artifacts).toEqual(metadata(out).artifacts)
    expect(metadata(theirs).artifacts.length).toBeGreaterThanOrEqual(7)
    expect((await quiet`stat -c %U ${join(theirs, 'rpi.img.xz')}`).stdout.trim()).toBe(name)
  })

  afterAll(async () => {
    // What they built belongs to ids that only a namespace of theirs has; we are root.
    await quiet({ nothrow: true })`userdel ${name}`
  })
})
