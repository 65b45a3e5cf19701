/**
 * An OutputContext over real tools. The only place that knows where they run: the tools tree of a build, or one named by
 * ROOTSMITH_TEST_TOOLS, entered by chroot in a mount namespace of its own.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { $ } from 'zx'
import { type Config, configSchema } from '../../scripts/config/schema.ts'
import type { OutputContext } from '../../scripts/output/table.ts'
import type { Command } from '../../scripts/stage/context.ts'
import { testTools } from '../tools.ts'

export const toolsTree = process.env.ROOTSMITH_TEST_TOOLS ?? (await testTools())
const repository = resolve(import.meta.dir, '../..')

export type Bench = OutputContext & {
  /** Lines that were logged. */
  said: string[]
  /** Removes its folders. */
  close(): Promise<void>
}

/** @returns the config as the loader would give it, defaults filled in. */
export function configOf(part: Record<string, unknown> = {}): Config {
  const base = { name: 'sample', target: 'rpi', arch: 'arm64', from: { debian: {} } }
  return v.parse(configSchema, { ...base, image: { boot_size: '34M', free: '8M' }, ...part })
}

/** @param part keys of the config. @param rootfs a folder to use instead of an empty one. @param tree another tools tree. */
export async function bench(part: Record<string, unknown> = {}, rootfs?: string, tree = toolsTree): Promise<Bench> {
  const top = await mkdtemp(join(tmpdir(), 'rootsmith-output-'))
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(top, name))
    return join(top, name)
  }
  const [work, out, configDir] = [await folder('work'), await folder('out'), await folder('config')]
  const root = rootfs ?? (await folder('rootfs'))
  const said: string[] = []
  const say = (message: string): void => void said.push(message)
  return {
    config: configOf(part),
    rootfs: root,
    work,
    out,
    cache: join(top, 'cache'),
    configDir,
    version: '1.2.0',
    label: '1.2.0',
    sourceDateEpoch: 1_700_000_000,
    tools: toolsCommand(tree, { rootfs: root, work, out, src: repository }),
    log: { info: say, warn: say },
    progress: () => {},
    said,
    close: () => rm(top, { recursive: true, force: true }),
  }
}

/** Places that the tree lacks are made in it: empty folders, to mount on. */
const ENTER = `
set -e
root=$1; shift
mount --bind "$root" "$root"
while [ $# -gt 1 ]; do mkdir -p "$root/$2"; mount --rbind "$1" "$root/$2"; shift 2; done
exec chroot "$root" /bin/bash -c "set -euo pipefail; $1"`

function toolsCommand(tree: string, places: Record<'rootfs' | 'work' | 'out' | 'src', string>): Command {
  const binds = ['/dev', 'dev', '/proc', 'proc', ...Object.entries(places).flatMap(([name, path]) => [path, name])]
  const inTree = (command: string, _args: readonly string[], options: SpawnOptions): ChildProcess => {
    const words = ['--mount', '--propagation', 'private', 'bash', '-c', ENTER, 'enter', tree, ...binds, command]
    return spawn('unshare', words, { ...options, shell: false })
  }
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TMPDIR: '/work', HOME: '/root' }
  return $({
    env,
    prefix: '',
    spawn: inTree as typeof spawn,
    stdio: ['ignore', 'pipe', 'pipe'],
    quiet: true,
  }) as Command
}
