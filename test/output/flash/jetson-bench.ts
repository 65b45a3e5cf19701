/** templates/flash/jetson.sh.ejs with a made-up BSP and rootfs behind it, and a made-up machine to run it on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { $ } from 'zx'
import { boardsOf } from '../../../scripts/jetson/boards.ts'
import { FACTS, formatFacts } from '../../../scripts/jetson/facts.ts'
import { layoutsOf } from '../../../scripts/jetson/layouts.ts'
import { writeFlashScript } from '../../../scripts/output/bundle.ts'
import { type Call, type Major, makeBsp, parseRecord } from '../../jetson/bsp.ts'
import { type HostOptions, makeHost } from '../../jetson/host.ts'
import { type Bench, bench } from '../harness.ts'

const quiet = $({ quiet: true })

export type Result = { status: number; text: string; calls: Call[] }
export type How = { host?: HostOptions; env?: Record<string, string>; words?: string[] }

export class JetsonBench {
  readonly top: string
  readonly work: string
  readonly record: string
  readonly script: string
  private constructor(
    readonly b: Bench,
    readonly run: string,
  ) {
    this.top = b.work
    this.work = join(b.work, 'place')
    this.record = join(b.work, 'record')
    this.script = join(b.work, 'flash.sh')
  }

  static async make(keys: Record<string, unknown> = {}, major: Major = 36): Promise<JetsonBench> {
    const jetson = { bsp: { path: '/nowhere.tbz2' }, board: 'jetson-agx-orin-devkit', ...keys }
    const b = await bench({ target: 'jetson', jetson })
    const bsp = await makeBsp(b.configDir, { major })
    await quiet`tar -xf ${bsp} -C ${b.configDir}`
    const l4t = join(b.configDir, 'Linux_for_Tegra')
    const release = `${basename(bsp).slice('Jetson_Linux_R'.length).replace('_aarch64.tbz2', '')}`
    mkdirSync(join(b.rootfs, 'usr/lib/rootsmith'), { recursive: true })
    mkdirSync(join(b.rootfs, 'etc'))
    writeFileSync(join(b.rootfs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    writeFileSync(join(b.rootfs, 'etc/owned'), '')
    await quiet`chown 1000:1001 ${join(b.rootfs, 'etc/owned')} && chmod 4755 ${join(b.rootfs, 'etc/owned')}`
    const facts = { release, archive: basename(bsp), bytes: 100_000, boards: boardsOf(l4t), layouts: layoutsOf(l4t) }
    writeFileSync(join(b.rootfs, FACTS), formatFacts(facts))
    const rootfs = join(b.out, 'sample.rootfs.tar.zst')
    await quiet`tar --numeric-owner -C ${b.rootfs} -c . | zstd -q > ${rootfs}`
    if (b.config.jetson) b.config.jetson.bsp.path = bsp
    // A .run with nothing before its payloads.
    const run = join(b.work, 'sample.run')
    await quiet`cat ${bsp} ${rootfs} > ${run}`
    const made = new JetsonBench(b, run)
    await writeFlashScript(
      b,
      [
        { name: basename(bsp), path: bsp },
        { name: basename(rootfs), path: rootfs },
      ],
      made.script,
    )
    return made
  }

  /** Words and environment of a run on a machine as `host` says. */
  command({ host, env = {}, words = ['--yes'] }: How): { argv: string[]; env: Record<string, string> } {
    rmSync(this.record, { force: true })
    mkdirSync(this.work, { recursive: true })
    const argv = ['sh', this.script, '--work', this.work, ...words]
    const own = { ROOTSMITH_RUN: this.run, FAKE_BSP_RECORD: this.record, ROOTSMITH_FLASH_WAIT: '2' }
    return { argv, env: { ...makeHost(this.top, host).env, ...own, ...env } }
  }

  flash(how: How = {}): Result {
    const { argv, env } = this.command(how)
    const done = Bun.spawnSync(argv, { env, stdin: 'ignore', stderr: 'pipe' })
    return { status: done.exitCode, text: done.stdout.toString() + done.stderr.toString(), calls: this.calls() }
  }

  calls = (): Call[] => (existsSync(this.record) ? parseRecord(readFileSync(this.record, 'utf8')) : [])
  /** What is in the work folder but the logs. */
  left = (): string[] => (existsSync(this.work) ? readdirSync(this.work).filter(name => !name.endsWith('-logs')) : [])
  clean(): void {
    rmSync(this.work, { recursive: true, force: true })
  }
  close = (): Promise<void> => this.b.close()
}

/** `script words…`, as the record has them. */
export const shownCalls = (calls: readonly Call[]): string[] =>
  calls.map(({ script, words }) => [script, ...words].join(' '))
