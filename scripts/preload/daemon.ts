/**
 * A Docker daemon of our own. Its images land in a folder, which becomes a rootfs's /var/lib/docker: the format of that
 * folder is Docker's affair, so a Docker writes it. It is one of the build machine's architecture, whatever the rootfs's.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { UserError } from '../lib/errors.ts'
import { onInterrupt } from '../lib/interrupt.ts'
import { type Ran, runInTree, startInTree } from './in-tree.ts'

export type Daemon = {
  /** Name of its socket in the folder `run`. */
  socket: string
  /** Runs `docker WORDS`. @param show is called with each line that it prints. */
  docker(words: readonly string[], show?: (line: string) => void): Promise<Ran>
  /** Ends it and waits until all is written. */
  stop(): Promise<void>
}

export type Place = {
  /** A tree with docker.io. */
  tree: string
  /** Becomes its data-root. */
  store: string
  /** Of this run: its socket, and /run/rootsmith for the client. */
  run: string
  /** Credentials of registries, as `auths` of Docker's config.json. */
  auths: Readonly<Record<string, unknown>>
  /** Is told what the daemon prints. */
  log(line: string): void
}

const START_MS = 60_000

/**
 * It has no bridge and touches no firewall: it never runs a container. It ends when its stdin does, so also when we are
 * killed. SIGTERM and not SIGKILL: what it knows of layers and tags is written by then.
 */
const SERVE = `dockerd "$@" & daemon=$!
exec 3<&0  # what runs in the background gets /dev/null for stdin
( while read -r _ <&3; do :; done; kill -TERM $daemon ) &
wait $daemon`

export async function startDaemon({ tree, store, run, auths, log }: Place): Promise<Daemon> {
  rmSync(run, { recursive: true, force: true })
  for (const folder of [store, join(run, 'config')]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(run, 'config', 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
  writeFileSync(join(run, 'daemon.json'), JSON.stringify(daemonSettings()))
  const name = `sock-${randomUUID().slice(0, 8)}`
  const binds = [
    [store, '/run/store'],
    [run, '/run/rootsmith'],
  ] as const
  const words = [
    ...['--config-file', '/run/rootsmith/daemon.json', '--data-root', '/run/store', '--storage-driver', 'overlay2'],
    ...['--exec-root', '/run/exec', '--pidfile', '/run/dockerd.pid', '--host', `unix:///run/rootsmith/${name}`],
    ...[
      '--log-level',
      'warn',
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ],
  ]
  const child = startInTree(tree, binds, SERVE, words)
  const last: string[] = []
  for (const stream of [child.stdout, child.stderr])
    if (stream)
      createInterface({ input: stream }).on('line', line => {
        log(`dockerd: ${line}`)
        last.push(line)
        if (last.length > 10) last.shift()
      })
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    release()
    child.stdin?.end()
    await gone
  }
  child.stdin?.on('error', () => {})
  const release = onInterrupt(stop)
  const docker: Daemon['docker'] = (rest, show) =>
    runInTree(
      tree,
      [[run, '/run/rootsmith']],
      'socket=$1; shift; exec docker --config /run/rootsmith/config --host "unix:///run/rootsmith/$socket" "$@"',
      [name, ...rest],
      show ? { show } : {},
    )
  for (const begun = Date.now(); Date.now() - begun < START_MS; await Bun.sleep(200)) {
    if (child.exitCode !== null) break
    if ((await docker(['version'])).status === 0) return { socket: name, docker, stop }
  }
  await stop()
  const reason = last
    .map(line => /msg="?(.*?)"?$/.exec(line)?.[1] ?? line)
    .findLast(line => /fail|error|not |denied/i.test(line))
  throw new UserError(`the Docker daemon that writes images into the rootfs does not start: ${reason ?? last.at(-1)}`, {
    hint: HINT,
  })
}

const HINT =
  'it needs a root that may mount overlayfs: on this machine itself, or in a container that is neither rootless nor in a user namespace\nits messages are in the log of the build'

/** What the machine's own daemon was told about registries. */
function daemonSettings(): Record<string, unknown> {
  try {
    const all = JSON.parse(readFileSync('/etc/docker/daemon.json', 'utf8')) as Record<string, unknown>
    const wanted = ['insecure-registries', 'registry-mirrors']
    return Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key)))
  } catch {
    return {}
  }
}
