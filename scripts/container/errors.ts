/** What can go wrong with a container, each kind with something that a person can do. */
import { UserError } from '../lib/errors.ts'

export type ContainerTrouble =
  | 'engine not reachable'
  | 'invalid specification'
  | 'image not found'
  | 'build failed'
  | 'container failed'
  | 'time-out'

export class ContainerError extends UserError {
  override name = 'ContainerError'
  readonly kind: ContainerTrouble
  /** Exit status of the container's program, where it had one. */
  readonly status: number | undefined
  constructor(kind: ContainerTrouble, message: string, options: { hint?: string | undefined; status?: number } = {}) {
    super(message, options)
    this.kind = kind
    this.status = options.status
  }
}

/** What an engine's CLI prints when it fails, and what to do about it. */
const KNOWN: [RegExp, ContainerTrouble, string][] = [
  // Before the engine's own troubles: `connection refused` may be the registry's.
  [
    /pinging container registry|Get "https?:\/\/[^"]*\/v2\/.*(dial|timeout|EOF|refused)/i,
    'image not found',
    'the registry does not answer: is its name right, and is this machine online?',
  ],
  [
    /permission denied.*(docker\.sock|podman\.sock)|dial unix.*permission denied/i,
    'engine not reachable',
    'as root: usermod --append --groups docker NAME, then log in again; or use podman, which needs no group: CONTAINER_ENGINE=podman',
  ],
  [
    /cannot connect to the (docker )?daemon|is the docker daemon running|connection refused|no such host.*(tcp|ssh)|unable to connect to podman|error during connect/i,
    'engine not reachable',
    'start it (as root: systemctl start docker; on a Mac: colima start, or open Docker Desktop); DOCKER_HOST and `docker context ls` say where it is looked for',
  ],
  [
    /no matching manifest|does not match the specified platform/i,
    'image not found',
    'it was not made for this architecture: build one with `just builder-image`',
  ],
  [
    /no such image|pull access denied|manifest (for .* )?(not found|unknown)|repository .* not found|name unknown/i,
    'image not found',
    'is the name right? `docker login` where the registry wants it',
  ],
  [
    /invalid reference format|unknown flag|invalid (argument|volume|mount)/i,
    'invalid specification',
    'is it spelt right?',
  ],
  [
    /unexpected EOF|error waiting for container/i,
    'engine not reachable',
    'was the engine stopped or restarted? the next build goes on from the last finished stage',
  ],
  [
    /no space left on device/i,
    'container failed',
    'the engine has no space left: `docker system df`, `docker system prune`',
  ],
  [
    /no such host|lookup .* on |i\/o timeout|TLS handshake timeout|network is unreachable/i,
    'image not found',
    'no registry answers: is this machine online?',
  ],
]

/**
 * @param said what the CLI printed on stderr.
 * @param fallback for what is not known.
 */
export function explain(what: string, said: string, fallback: ContainerTrouble, status?: number): ContainerError {
  const lines = said
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
  const known = KNOWN.find(([pattern]) => pattern.test(said))
  const line = (known && lines.find(text => known[0].test(text))) ?? lines.at(-1) ?? `exit status ${status ?? '?'}`
  const reason = line.replace(/^(docker: |Error response from daemon: |Error: |ERROR: )+/i, '')
  return new ContainerError(known?.[1] ?? fallback, `${what}: ${reason}`, {
    hint: known?.[2],
    ...(status === undefined ? {} : { status }),
  })
}
