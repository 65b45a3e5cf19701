/** A rootfs from Debian's archive, by mmdebstrap. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Arch, DebianSource } from '../config/schema.ts'
import { runApt } from '../lib/apt-run.ts'
import type { Context } from '../stage/context.ts'

/**
 * Bootstraps into the empty rootfs. The package lists stay, so that later stages see the same state of the archive;
 * 90-finish removes them.
 * @throws DownloadError when a mirror is why it failed; the rootfs then holds something half-made.
 */
export async function bootstrapDebian(
  debian: DebianSource,
  arch: Arch,
  { tools, write, remove, noteSource, configDir, mirrors }: Context,
): Promise<void> {
  const options = [
    `--variant=${debian.variant}`,
    // apt's own lines, by which runApt knows what became of downloads.
    '--verbose',
    `--architectures=${arch}`,
    `--components=${debian.components.join(',')}`,
    // The scaffold is there already; binfmt_misc and all mounts are ours; packages stay cached; /dev stays empty.
    '--skip=check/empty,check/qemu,chroot/mount,chroot/policy-rc.d,chroot/start-stop-daemon,download/empty,essential/unlink',
    '--skip=cleanup/apt,cleanup/run,cleanup/tmp,output/dev',
    // base-files has a /proc, whose times a user's sandbox can't set while it is mounted on.
    '--setup-hook=umount "$1/proc"',
    '--extract-hook=mount -t proc proc "$1/proc"',
    ...(debian.snapshot ? [`--aptopt=APT::Snapshot "${debian.snapshot}"`] : []),
  ]
  // All are read here, so that another list means another layer: sources and package lists carry their names.
  const from =
    [...debian.mirrors].length > 0 && mirrors
      ? [`deb ${mirrors.source} ${debian.suite} ${debian.components.join(' ')}`]
      : []
  await runApt(tools`mmdebstrap --mode=root --format=directory ${options} ${debian.suite} /rootfs ${from}`, mirrors)
  await remove('/etc/apt/apt.conf.d/99mmdebstrap', '/etc/dpkg/dpkg.cfg.d/99mmdebstrap', '/etc/hostname')

  for (const { name, uri, suites, components, key } of debian.sources) {
    if (key) {
      noteSource(key)
      await write(`/etc/apt/keyrings/${name}.asc`, readFileSync(resolve(configDir, key)))
    }
    const fields = ['Types: deb', `URIs: ${uri}`, `Suites: ${suites.join(' ')}`]
    if (components.length) fields.push(`Components: ${components.join(' ')}`)
    if (key) fields.push(`Signed-By: /etc/apt/keyrings/${name}.asc`)
    await write(`/etc/apt/sources.list.d/${name}.sources`, `${fields.join('\n')}\n`)
  }
}
