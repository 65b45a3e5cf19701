/** Runs a builder container: what it may do, how it is watched, and how it ends. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { ProcessPromise } from 'zx'
import { $ } from '../lib/bash.ts'
import { linesOf } from '../lib/lines.ts'
import { onInterrupt } from '../lib/main.ts'
import { ROOT } from '../plan/world.ts'
import { type Engine, engineRun } from './engine.ts'
import { explain } from './errors.ts'
import { driverLabel, LABEL } from './leftovers.ts'
import type { Shipment } from './ship.ts'

/**
 * All that a container may do. Everything else is dropped: what a build does as root it does inside the sandbox's own user
 * namespace, where it has all capabilities over that namespace and none over the container.
 */
export const CAPABILITIES = [
  // unshare(2) and mount(2): Docker's seccomp profile lets them through for who has this. It is the one that counts.
  'SYS_ADMIN',
  // chroot(2), by the same profile.
  'SYS_CHROOT',
  // Writing the sandbox's uid_map and gid_map: user_namespaces(7), "Defining user and group ID mappings".
  'SETUID',
  'SETGID',
  // Since Linux 5.12 also needed to map id 0: the same page.
  'SETFCAP',
] as const

/**
 * And these where images of containers go into the rootfs: a Docker daemon unpacks them outside of that namespace, whoever
 * owns their files, device nodes and capabilities of files included.
 */
export const IMAGE_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'MKNOD'] as const

/** In the container; the engine keeps it for the next build. */
export const CACHE = '/cache'

export type Specification = {
  image: string
  /** For its name and its labels: the config's. */
  name: string
  /** The volume that keeps cache and work. */
  volume: string
  environment: Readonly<Record<string, string>>
  network?: 'host' | undefined
  /** Whether images of containers go into the rootfs. */
  images: boolean
}

export type State = 'created' | 'starting' | 'running' | 'stopping' | 'stopped' | { failed: string }

export type Session = {
  name: string
  lines: AsyncIterable<string>
  /** Lets the container go on, or by closing its stdin asks it to end. */
  say(line: string): void
  close(): void
  /** Exit status of the container's program, or of the engine's client. */
  ended: Promise<number>
  /** What client and engine printed on stderr so far. */
  said(): string
  state(): State
}

/** Takes the archive from stdin, makes it read-only, and becomes the builder. `$1` its bytes, `$2` Rootsmith, then the sources. */
const BEGIN = `set -e
# podman gives / no mode for writing, and we have no capability to do without.
chmod u+w /
head -c "$1" | tar -x --no-same-owner -C / -f -
home=$2; shift 2
for source in "$@"; do mount --bind "$source" "$source" && mount -o remount,bind,ro "$source"; done
# A new /proc may be mounted in a user namespace only where a whole one can be seen; engines hide parts of theirs.
mkdir -p /run/rootsmith-proc && mount -t proc proc /run/rootsmith-proc
exec bun --no-install "$home/scripts/container/inside.ts"`

/** An engine that takes longer to take anything has a trouble of its own. */
const PATIENCE_MS = 120_000

/** The words after the engine's name. */
export function runWords(engine: Engine, id: string, spec: Specification, begin: readonly string[]): string[] {
  const labels = { [LABEL.name]: spec.name, [LABEL.driver]: driverLabel() }
  const capabilities = [...CAPABILITIES, ...(spec.images ? IMAGE_CAPABILITIES : [])]
  return [
    ...['run', '--rm', '--interactive', '--pull', 'never', '--name', id],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...['--user', '0:0', '--workdir', '/'],
    ...['--cap-drop', 'ALL', ...capabilities.flatMap(name => ['--cap-add', name])],
    // docker-default forbids mount(2) to everybody.
    ...(engine.apparmor ? ['--security-opt', 'apparmor=unconfined'] : []),
    // The log is ours: the engine need not keep it, too.
    ...['--log-driver', 'none'],
    ...limits(engine),
    ...['--mount', `type=volume,source=${spec.volume},target=${CACHE}`],
    ...(spec.network ? ['--network', spec.network] : []),
    // By name, from the client's own environment: a proxy's password must not be in a command line.
    ...Object.keys(spec.environment).flatMap(key => ['--env', key]),
    ...['--entrypoint', 'sh', spec.image, '-c', ...begin],
  ]
}

/**
 * Open files: some engines allow a billion, and programs that close them all first take minutes (apt, python).
 * Processes: podman's own default is more than it may give where root lacks CAP_SYS_RESOURCE, and then nothing starts.
 */
export const limits = ({ kind }: Engine): string[] =>
  ['nofile=4096:4096', ...(kind === 'podman' ? ['nproc=16384:16384'] : [])].flatMap(limit => ['--ulimit', limit])

/**
 * Starts a container that builds what is shipped. It ends with us: when we die, however we die, the engine closes its
 * stdin. After Ctrl-C it may clean up for a moment before it is killed.
 * @param job is said when all is shipped, in one line.
 */
export function startContainer(engine: Engine, spec: Specification, shipment: Shipment, job: string): Session {
  let state: State = 'created'
  const onState = (now: State): void => {
    if (typeof state === 'string') state = now
  }
  const id = `rootsmith-${spec.name}-${randomUUID().slice(0, 8)}`
  const words = runWords(engine, id, spec, [BEGIN, 'sh', String(shipment.bytes), ROOT, ...shipment.sources])
  onState('starting')
  // A session of its own: Ctrl-C is ours, and the client would end before the container.
  const env = { ...process.env, ...spec.environment } as Record<string, string>
  const client = $({ nothrow: true, quiet: true, detached: true, env })`exec ${engine.program} ${words}`
  let said = ''
  client.stderr.on('data', data => {
    said = `${said}${data}`.slice(-20_000)
  })
  // The container may end before it has read all.
  client.stdin.on('error', () => {})
  const kill = (): void => void engineRun(engine, ['rm', '--force', '--volumes', id]).catch(() => {})
  const late = setTimeout(() => {
    onState({ failed: `it took nothing for ${PATIENCE_MS / 1000} s` })
    kill()
  }, PATIENCE_MS)
  const archive = createReadStream(shipment.file)
  archive.on('data', () => late.refresh())
  pipeline(archive, client.stdin, { end: false }).then(
    () => {
      clearTimeout(late)
      client.stdin.write(`${job}\n`)
      onState('running')
    },
    () => {},
  )
  const ended = (async () => {
    const { exitCode } = await client
    clearTimeout(late)
    return exitCode ?? 143
  })()
  const release = onInterrupt(() => {
    onState('stopping')
    return stop(engine, id, client)
  })
  void ended.then(status => {
    release()
    onState(status === 0 ? 'stopped' : { failed: `exit status ${status}` })
  })
  return {
    name: id,
    lines: linesOf(client),
    say: line => void client.stdin.write(`${line}\n`),
    close: () => void client.stdin.end(),
    ended,
    said: () => said,
    state: () => state,
  }
}

/** Less than Ctrl-C's own time for all that must be done: lib/interrupt.ts. */
const GRACE_MS = 3500

async function stop(engine: Engine, id: string, client: ProcessPromise): Promise<void> {
  client.stdin.end()
  const gone = await Promise.race([client.then(() => true), Bun.sleep(GRACE_MS).then(() => false)])
  if (!gone) await engineRun(engine, ['rm', '--force', '--volumes', id])
}

/** Puts a file into a running container. @param to a path there; its folder exists. */
export async function putIn(engine: Engine, container: string, file: string, to: string): Promise<void> {
  const words = ['exec', '--interactive', container, 'sh', '-c', 'cat > "$1"', 'sh', to]
  const copy = await $({ nothrow: true, quiet: true })`exec ${engine.program} ${words} < ${file}`
  if (copy.exitCode !== 0)
    throw explain('the images could not be copied', copy.stderr, 'container failed', copy.exitCode ?? 1)
}

/**
 * Takes a folder out of a running container.
 * @param to is there already; what lands in it belongs to who calls this.
 */
export async function takeOut(engine: Engine, container: string, from: string, to: string): Promise<void> {
  // Sparse, so that a raw image does not cross the wire as zeros.
  const packed = ['exec', container, 'tar', '--create', '--sparse', '--file', '-', '-C', from, '.']
  const copy = await $({
    nothrow: true,
    quiet: true,
  })`set -o pipefail; ${engine.program} ${packed} | tar -x --no-same-owner -f - -C ${to}`
  if (copy.exitCode !== 0)
    throw explain('the results could not be copied', copy.stderr, 'container failed', copy.exitCode ?? 1)
}
