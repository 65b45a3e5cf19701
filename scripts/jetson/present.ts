/** Whether the BSP is there, before an hour of work rather than after: a shipped config is valid without one. */
import { existsSync } from 'node:fs'
import type { Loaded } from '../config/load.ts'
import { ConfigError } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'

/** @throws ConfigError when the config names a file that is not there; no value from the environment is in it. */
export function requireBsp({ config: { jetson }, env, locate }: Pick<Loaded, 'config' | 'env' | 'locate'>): void {
  const file = jetson?.bsp.path
  if (file === undefined || existsSync(file)) return
  const path = ['jetson', 'bsp', 'path']
  const given = env.find(entry => entry.path.join('.') === path.join('.'))
  const message = given ? `the file that ${given.expression} names does not exist` : `${shown(file)} does not exist`
  const hint =
    "download Jetson_Linux_R<version>_aarch64.tbz2 (the Driver Package, BSP) from NVIDIA's page of Jetson Linux"
  throw new ConfigError([{ where: locate(path), key: path.join('.'), message, hint }])
}
