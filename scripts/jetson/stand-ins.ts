/**
 * NVIDIA's scripts prepare a machine for running arm64 programs in a chroot: they copy a static qemu in, make device
 * nodes, mount /proc, /sys and /dev, and take it all away. In the sandbox all of that is there, and device nodes can't be
 * made in a user namespace; so on the PATH of the scripts these programs do what is left of it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** In the scratch folder, which is /work for `tools`. */
export const STAND_INS = 'stand-ins'

/** Where the nodes are that can't be made: beside the place for their names, in the /dev that scripts see. */
export const NODES = '.nodes'

const PROGRAMS: Record<string, string> = {
  // Called without words it lists what is mounted, and l4t_create_default_user.sh waits until its rootfs is not in there.
  mount: 'exit 0',
  umount: 'exit 0',
  // `mknod -m 444 ROOTFS/dev/random c 1 8`: a link can be removed again, as the scripts do; a mounted file could not.
  mknod: `for word; do case $word in */dev/*) ln -sfn ${NODES}/\${word##*/} "$word" ;; esac; done`,
  sudo: 'exec "$@"',
}

/** @param work the scratch folder, as a path of the runner. */
export function writeStandIns(work: string): void {
  const folder = join(work, STAND_INS)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [name, body] of Object.entries(PROGRAMS))
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
}
