/** How hard we try to get something from the network, and through which proxy: for our own downloads and for every apt. */

/** What downloads of ours and apt's have in common. */
export const NETWORK = {
  /** Of one address, the first one included. */
  attempts: 4,
  /** Silence after which an attempt is given up. Long enough for a slow server; a stall costs this much. */
  silenceMs: 10_000,
  /** Before the second attempt, doubled for each one after it. */
  delayMs: 500,
  /** No wait is longer, not even one that a server asks for (Retry-After). */
  maxDelayMs: 30_000,
} as const

/** As an environment has them. */
export type Env = Record<string, string | undefined>

/** A proxy for apt's http alone, such as apt-cacher-ng; https goes directly, which it can't keep. */
export const APT_PROXY = 'ROOTSMITH_APT_PROXY'

/**
 * The variables that tell programs about proxies, in both spellings: curl and apt read only `http_proxy`, others only
 * `HTTP_PROXY`. Where both are set, each keeps its own.
 */
export function proxyEnv(env: Env = process.env): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy']) {
    const value = env[name] || env[name.toUpperCase()]
    if (!value) continue
    // apt compares with what is between the commas, blanks included.
    found[name] = name === 'no_proxy' ? hosts(value).join(',') : value
    found[name.toUpperCase()] = env[name.toUpperCase()] || found[name]
  }
  return found
}

const hosts = (list: string): string[] => list.split(/[\s,]+/).filter(Boolean)

export type AptOption = readonly [name: string, value: string]

/** How often and how long apt tries: all of aptNetwork but the proxies. */
export function aptPatience(rotates = false): AptOption[] {
  const seconds = String(NETWORK.silenceMs / 1000)
  return [
    ['Acquire::Retries', String(rotates ? 1 : NETWORK.attempts - 1)],
    // apt 2.6 at times forgets a file that it means to ask for later, and waits for it for ever. Who waits are we: patience.ts.
    ['Acquire::Retries::Delay', 'false'],
    ['Acquire::http::Timeout', seconds],
    ['Acquire::https::Timeout', seconds],
  ]
}

/**
 * apt.conf(5) for downloads: apt-transport-http(1). Nothing else may decide: the machine's own settings are not seen in a rootfs.
 * apt itself reads `no_proxy` from its environment and takes its entries as ends of host names; hosts of it are named here,
 * too, for an apt whose environment sudo cleaned.
 * @param rotates whether each address stands for several mirrors (mirrors.ts): the next one is then a better choice than
 * asking the same again, which apt does first.
 */
export function aptNetwork({ rotates = false, env = process.env }: { rotates?: boolean; env?: Env } = {}): AptOption[] {
  const proxies = proxyEnv(env)
  const options = aptPatience(rotates)
  const excepted = hosts(proxies.no_proxy ?? '')
  const own = env[APT_PROXY]
  const all = excepted.includes('*')
  // Said even where it is none: apt would take it from the environment, and http's for https as well.
  const http = all ? 'DIRECT' : own || proxies.http_proxy
  const https = all || own ? 'DIRECT' : proxies.https_proxy
  if (http) options.push(['Acquire::http::Proxy', http])
  if (https) options.push(['Acquire::https::Proxy', https])
  if (http || https)
    for (const host of excepted.filter(name => /^[\w-][\w.-]*$/.test(name)))
      for (const method of ['http', 'https']) options.push([`Acquire::${method}::Proxy::${host}`, 'DIRECT'])
  return options
}

/** The same as lines of a file. */
export const aptLines = (options: readonly AptOption[]): string =>
  options.map(([name, value]) => `${name} "${value.replaceAll('"', '%22')}";\n`).join('')

/** The same as words of a command line. */
export const aptWords = (options: readonly AptOption[]): string[] =>
  options.flatMap(([name, value]) => ['-o', `${name}=${value}`])

/** Of how long to wait before attempt `next` (2 is the first that waits): a part by chance, so that many builds don't come back at once. */
export const backOff = (next: number, delayMs: number = NETWORK.delayMs, random: () => number = Math.random): number =>
  Math.min(NETWORK.maxDelayMs, delayMs * 2 ** (next - 2) * (0.75 + random() / 2))
