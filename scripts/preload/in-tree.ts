/** Runs programs of a tree outside the sandbox, as the machine's own root: what writes `trusted.*` attributes needs to be it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { proxyEnv } from '../lib/network.ts'

/** In a mount namespace of its own, so that whatever is mounted goes with the program. `$1` the tree, then pairs, then `--`. */
const ENTER = `set -e
tree=$1; shift
mount --bind "$tree" "$tree"
mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/tmp"
mount -t tmpfs tmpfs "$tree/run"
mount --bind /etc/resolv.conf "$tree/etc/resolv.conf"
# Who signs a registry's certificate, the machine knows.
for folder in /etc/ssl/certs /etc/docker; do
  if [ -d "$folder" ] && [ -d "$tree$folder" ]; then mount --bind "$folder" "$tree$folder"; fi
done
while [ "$1" != -- ]; do mkdir -p "$tree$2"; mount --bind "$1" "$tree$2"; shift 2; done
shift
# It is a layer of the cache, and stays what it is.
mount -o remount,bind,ro "$tree"
exec chroot "$tree" /bin/bash --norc -c "$@"`

export type Binds = readonly (readonly [from: string, to: string])[]

/**
 * @param script for bash in the tree; `words` are its `$1`…
 * @param binds folders of the machine and where they are in there, below /run or /mnt.
 * @returns the process; it and all it started end when we do, however we do.
 */
export function startInTree(tree: string, binds: Binds, script: string, words: readonly string[] = []): ChildProcess {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private']
  const enter = ['bash', '--norc', '-c', ENTER, 'enter', tree, ...binds.flat(), '--', script, 'sh', ...words]
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...enter], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Not Ctrl-C's: who started it ends it.
    detached: true,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LC_ALL: 'C.UTF-8',
      TMPDIR: '/tmp',
      ...proxyEnv(),
    },
  })
}

export type Ran = { status: number; stdout: string; stderr: string }

/** Runs it to its end. @param input for its stdin. @param show is called with each line that it prints. */
export async function runInTree(
  tree: string,
  binds: Binds,
  script: string,
  words: readonly string[] = [],
  { input = '', show = () => {} }: { input?: string; show?: (line: string) => void } = {},
): Promise<Ran> {
  const child = startInTree(tree, binds, script, words)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name]?.setEncoding('utf8').on('data', (data: string) => {
      said[name] += data
    })
    if (stream) createInterface({ input: stream }).on('line', show)
  }
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(code ?? 143))
  })
  return { status, ...said }
}
