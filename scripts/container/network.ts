/** Which network a builder container is in. */
import type { Config } from '../config/schema.ts'
import { proxyVariables } from './proxies.ts'

/** A proxy or a mirror on this machine's own loopback address. */
const LOOPBACK = /^(\w+:\/\/)?([^@/]*@)?(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i

/**
 * The engine's default; the host's where a proxy or a mirror is on the loopback address, which in a container would be
 * the container's own.
 */
export function networkFor(env: NodeJS.ProcessEnv, config: Pick<Config, 'from'>): 'host' | undefined {
  const addresses = [...Object.values(proxyVariables(env)), ...(config.from.debian?.mirrors ?? [])]
  return addresses.some(address => LOOPBACK.test(address)) ? 'host' : undefined
}
