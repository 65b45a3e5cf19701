import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'

/** The name of a config's Debian package. @throws UserError when the config's name cannot name one. */
export function packageName(config: Config): string {
  const name = config.package.name ?? config.name
  if (/^[a-z0-9][a-z0-9+.-]+$/.test(name)) return name
  throw new UserError(`${name} is not a Debian package name`, { hint: 'set `package.name` in the config' })
}
