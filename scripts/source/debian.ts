/** A rootfs from Debian's archive, by mmdebstrap. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Arch, DebianSource } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import type { Context } from '../stage/context.ts'

/**
 * Bootstraps into the empty rootfs. The package lists stay, so that later stages see the same state of the archive;
 * 90-finish removes them.
 */
export async function bootstrapDebian(
  debian: DebianSource,
  arch: Arch,
  { tools, write, remove, noteSource, configDir, log }: Context,
): Promise<void> {
  const options = [
    `--variant=${debian.variant}`,
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
  const mirror = debian.mirrors.length ? await firstThatAnswers(debian, tools, log) : undefined
  const mirrors = mirror ? [`deb ${mirror} ${debian.suite} ${debian.components.join(' ')}`] : []
  await tools`mmdebstrap --mode=root --format=directory ${options} ${debian.suite} /rootfs ${mirrors}`
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

/** The first mirror that has the suite; apt itself would stop at one that does not answer. */
async function firstThatAnswers(
  { mirrors, suite }: DebianSource,
  tools: Context['tools'],
  log: Context['log'],
): Promise<string> {
  for (const uri of mirrors) {
    const release = `${uri.replace(/\/$/, '')}/dists/${suite}/InRelease`
    const tried =
      await tools`/usr/lib/apt/apt-helper -o Acquire::http::Timeout=20 download-file ${release} /tmp/InRelease`.nothrow()
    if (tried.exitCode === 0) return uri
    log.warn(`the mirror ${uri} does not answer for ${suite}`)
  }
  throw new UserError(`no mirror answers for ${suite}: ${mirrors.join(', ')}`, {
    hint: 'see from.debian.mirrors, and whether this machine has a network',
  })
}
