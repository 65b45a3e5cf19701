/** Runs Rootsmith as people do, for whole-build tests: real processes, a cache of their own, small configs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metadata } from '../../scripts/output/publish.ts'
import { cacheDir } from '../../scripts/plan/cache.ts'
import { ROOT } from '../../scripts/plan/world.ts'

/** Shared by all whole-build tests, so that one bootstrap serves them all; never the user's own. */
export const TEST_CACHE = process.env.ROOTSMITH_TEST_CACHE ?? `${cacheDir()}-test`

export type Ended = { code: number; stdout: string; stderr: string; all: string }
export type Started = { child: ChildProcess; ended: Promise<Ended>; output(): string }
export type How = { cwd?: string; env?: Record<string, string>; cache?: string }

/** Starts a verb; `rootsmith('build', ['x.yaml'])` is `just build x.yaml` typed in `cwd`. */
export function start(verb: string, args: string[], { cwd = ROOT, env = {}, cache = TEST_CACHE }: How = {}): Started {
  const child = spawn(process.execPath, [join(ROOT, `scripts/${verb}.ts`), ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', CI: 'true', ROOTSMITH_CACHE: cache, ROOTSMITH_CWD: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout, stderr, all: stdout + stderr }),
    )
  })
  return { child, ended, output: () => stdout + stderr }
}

export const rootsmith = (verb: string, args: string[], how: How = {}): Promise<Ended> => start(verb, args, how).ended

/** Waits until `text` was printed; the process's end before that is an error that shows all it said. */
export async function seen({ child, output }: Started, text: string): Promise<void> {
  while (!output().includes(text)) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`ended before it said ${text}:\n${output()}`)
    await Bun.sleep(20)
  }
}

/** A folder with a small config of its own and a stage of its own, the quickest whole build there is. */
export class Project {
  readonly dir: string
  readonly name: string
  constructor(name: string, config = '') {
    this.name = name
    this.dir = mkdtempSync(join(tmpdir(), `rootsmith-${name}-`))
    mkdirSync(join(this.dir, 'stages/45-own'), { recursive: true })
    this.step('await write("/etc/own", "one\\n")')
    this.config(config)
  }
  /** Writes x.yaml: the smallest config, with more keys after it. */
  config(more = ''): void {
    const lines = [
      `name: ${this.name}`,
      'target: generic',
      'arch: amd64',
      'from: {debian: {suite: trixie}}',
      'stages: [stages]',
      'outputs: [rootfs]',
    ]
    const own = new Set(more.split('\n').map(line => line.split(':')[0]))
    const kept = lines.filter(line => !own.has(line.split(':')[0]))
    writeFileSync(
      join(this.dir, 'x.yaml'),
      `${[...kept, more.includes('system:') ? '' : 'system: {ssh: false}', more].join('\n')}\n`,
    )
  }
  /** Writes the stage's one script: the body of its `run`. */
  step(body: string, more = ''): void {
    writeFileSync(
      join(this.dir, 'stages/45-own/10-do-something.ts'),
      `import { step } from '${ROOT}/scripts/stage/step.ts'\n${more}\nexport default step({ title: 'Do something',` +
        ` async run({ config, chroot, write, $, log, apt, copy, remove, source }) { void [config, chroot, $, log, apt, copy, remove, source]; ${body} } })\n`,
    )
  }
  build(args: string[] = [], how: How = {}): Promise<Ended> {
    return rootsmith('build', ['x.yaml', ...args], { cwd: this.dir, ...how })
  }
  start(args: string[] = [], how: How = {}): Started {
    return start('build', ['x.yaml', ...args], { cwd: this.dir, ...how })
  }
  get out(): string {
    return join(this.dir, 'out', this.name)
  }
  metadata(): Metadata {
    return JSON.parse(readFileSync(join(this.out, 'metadata.json'), 'utf8')) as Metadata
  }
  /** Stage → `built`, `reused` or `skipped`. */
  statuses(): Record<string, string> {
    return Object.fromEntries(this.metadata().stages.map(({ name, status }) => [name, status]))
  }
  reason(stage: string): string | undefined {
    return this.metadata().stages.find(({ name }) => name === stage)?.reason
  }
  copy(from: string, to: string): void {
    cpSync(join(ROOT, from), join(this.dir, to), { recursive: true })
  }
  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
