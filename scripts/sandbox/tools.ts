/** The tools tree, mounted: outputs and sources run their programs in it, whatever the build machine has installed. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { MIRRORS_DIR } from '../lib/mirrors.ts'
import { ROOT } from '../plan/world.ts'
import type { Command } from '../stage/context.ts'
import { cleanEnv, commandIn } from './command.ts'
import { bind, makeScaffold, mountOverlay, mountSystem } from './mounts.ts'

export type Tools = {
  /** Programs see the rootfs that is lent at /rootfs, scratch space at /work, results at /out, Rootsmith at /src. */
  command(sourceDateEpoch: number): Command
  /** Puts a rootfs, with all that is mounted in it, at /rootfs. @returns what takes it away again. */
  lend(rootfs: string): Promise<() => Promise<void>>
}

/** @param folder a folder of this run. @param tree root of the tools tree. */
export async function openTools(
  folder: string,
  tree: string,
  places: { scratch: string; out: string; mirrors?: string | undefined },
): Promise<Tools> {
  const root = join(folder, 'root')
  const scaffold = join(folder, 'scaffold', 'fs')
  for (const dir of Object.values(places)) if (dir) mkdirSync(dir, { recursive: true })
  makeScaffold(scaffold, ['proc', 'sys', 'dev', 'run', 'tmp', 'rootfs', 'work', 'out', 'src'], {
    // NVIDIA's scripts look whether it is there (scripts/jetson); the kernel starts foreign programs without it.
    'usr/bin/qemu-aarch64-static': { content: '#!/bin/sh\nexec qemu-aarch64 "$@"\n', mode: 0o755 },
  })
  await mountOverlay({ lowers: [tree, scaffold], target: root })
  await mountSystem(root)
  await bind(places.scratch, join(root, 'work'))
  await bind(places.out, join(root, 'out'))
  if (places.mirrors) {
    mkdirSync(join(root, MIRRORS_DIR), { recursive: true })
    await bind(places.mirrors, join(root, MIRRORS_DIR), { readOnly: true })
  }
  await bind(ROOT, join(root, 'src'), { readOnly: true })
  await bind('/etc/resolv.conf', join(root, 'etc/resolv.conf'), { readOnly: true })
  return {
    command: epoch => commandIn(root, cleanEnv({ SOURCE_DATE_EPOCH: String(epoch), TMPDIR: '/work' })),
    async lend(rootfs) {
      const at = join(root, 'rootfs')
      const run = $({ quiet: true })
      await run`mount --rbind ${rootfs} ${at}`
      return async () => void (await run`umount -R ${at} || umount -R -l ${at}`)
    },
  }
}
