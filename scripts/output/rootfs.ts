/** The root file system as a tar: what other tools unpack, and what `from: {rootfs: …}` starts from. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { TRUSTED } from '../preload/trusted.ts'
import { writeChecksum } from './digest.ts'
import { whileItGrows } from './growing.ts'
import type { Output } from './table.ts'

/** @returns the archive's name in out/. */
export const rootfsFile = (config: Config): string => `${config.name}.rootfs.tar.zst`

export const rootfs: Output = {
  name: 'rootfs',
  needs: [],
  files: config => [rootfsFile(config), `${rootfsFile(config)}.sha256`],
  async make(context) {
    const { config, tools, out, sourceDateEpoch } = context
    const file = rootfsFile(config)
    // posix for extended attributes; without atime and ctime, and with a header name that holds no process id.
    const format = ['--format=posix', '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime']
    const attributes = ['--xattrs', '--xattrs-include=*', '--numeric-owner']
    const times = [`--mtime=@${sourceDateEpoch}`, '--clamp-mtime']
    const tar = ['tar', '-C', '/rootfs', '--sort=name', ...format, ...attributes, ...times, '-cf', '-', '.']
    // Attributes that the sandbox doesn't see, on folders that follow (preload/trusted.ts); without what ends an archive.
    const trusted = `/work/${TRUSTED.tar}`
    // zstd's threads write the same bytes whatever their number, but not the same as --single-thread.
    const zstd = ['zstd', '-q', '-10', `-T${availableParallelism()}`]
    const made = tools`set -o pipefail; { [ ! -e ${trusted} ] || head -c -1024 ${trusted}; LC_ALL=C ${tar}; } | ${zstd} > ${`/out/${file}`}`
    await whileItGrows(context, 'packing the root file system', file, made)
    await writeChecksum(join(out, file))
  },
}
