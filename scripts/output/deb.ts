/** The Debian package of a config's components. */
import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { stage } from './deb-tree.ts'
import { packageName } from './package-name.ts'
import { type Payload, payloadOf } from './payload.ts'
import type { Output, OutputContext } from './table.ts'

/** What a package is built from; a stage's context has it all, too. */
export type DebContext = Pick<
  OutputContext,
  'config' | 'configDir' | 'rootfs' | 'work' | 'tools' | 'version' | 'sourceDateEpoch'
>

export const deb: Output = {
  name: 'deb',
  needs: [],
  // Sources are absolute once a config is loaded.
  files: (config, { version }) => [debFile(config, version, payloadOf(config, '/').architecture)],
  async make(context) {
    context.progress('packing the components')
    const file = await buildDeb(context)
    await copyFile(file, join(context.out, basename(file)))
  },
}

/**
 * Builds the package in the work folder; the same input gives the same bytes.
 * @returns path of the .deb, for the runner; for `tools` it is /work/NAME
 * @throws UserError for a missing source, an owner that the rootfs lacks, a name or version that Debian does not allow
 */
export async function buildDeb(context: DebContext): Promise<string> {
  const { config, configDir, work, tools, version, sourceDateEpoch } = context
  const name = packageName(config)
  if (!/^(\d+:)?\d[A-Za-z0-9.+~-]*$/.test(version))
    throw new UserError(`${version} is not a Debian version`, { hint: 'set `package.version` in the config' })
  const payload: Payload = payloadOf(config, configDir)
  const folder = await stage(context, name, payload)
  const file = debFile(config, version, payload.architecture)
  // --threads-max=1: with more, xz cuts its stream into blocks, and the bytes depend on the number of cores.
  const dpkg = ['dpkg-deb', '--build', '-Zxz', '--threads-max=1', `/work/${folder}`, `/work/${file}`]
  await tools`SOURCE_DATE_EPOCH=${sourceDateEpoch} unshare --mount bash -ec ${OWN_NAMES} ${dpkg}`
  return join(work, file)
}

/**
 * dpkg looks owners up by name on the device, and takes the number only when there is no such name. So the names in the
 * package must be those of the rootfs, not those that the tools' own passwd has for these numbers.
 */
const OWN_NAMES = [
  'for file in passwd group; do',
  '  if [ -f "/rootfs/etc/$file" ]; then mount --bind "/rootfs/etc/$file" "/etc/$file"; fi',
  'done',
  'exec "$0" "$@"',
].join('\n')

/** @returns NAME_VERSION_ARCH.deb; a file name has no epoch. */
const debFile = (config: Config, version: string, architecture: string): string =>
  `${packageName(config)}_${version.replace(/^\d+:/, '')}_${architecture}.deb`
