/** A config for tests of stages: the least there is, and what a test adds. */
import * as v from 'valibot'
import { type Config, configSchema } from '../../scripts/config/schema.ts'

export function makeConfig(given: Partial<v.InferInput<typeof configSchema>> = {}): Config {
  const least = {
    name: 'test',
    target: 'rpi',
    arch: 'arm64',
    from: { debian: { components: ['main', 'non-free-firmware'] } },
  } as const
  return v.parse(configSchema, { ...least, ...given })
}
