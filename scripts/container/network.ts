/** Which network a builder container is in, and what it is told of proxies. */
import type { Config } from '../config/schema.ts'
import { APT_PROXY, proxyEnv } from '../lib/network.ts'

/** A proxy, a mirror or a registry on this machine's own loopback address. */
const LOOPBACK = /^(\w+:\/\/)?([^@/]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i

export function networkEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const own = env[APT_PROXY]
  return { ...proxyEnv(env), ...(own ? { [APT_PROXY]: own } : {}) }
}

/**
 * The engine's default; the host's where a proxy, a mirror or the registry of an image is on the loopback address, which in a
 * container would be the container's own.
 * @param images references of images that are pulled in there.
 */
export function networkFor(
  env: NodeJS.ProcessEnv,
  config?: Pick<Config, 'from'>,
  images: readonly string[] = [],
): 'host' | undefined {
  const { no_proxy, NO_PROXY, ...proxies } = networkEnv(env)
  const addresses = [...Object.values(proxies), ...(config?.from.debian?.mirrors ?? []), ...images]
  return addresses.some(address => LOOPBACK.test(address)) ? 'host' : undefined
}
