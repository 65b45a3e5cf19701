/** Runs scripts of an unpacked BSP, among Rootsmith's own tools, with the rootfs where they look for it. */
import { UserError } from '../lib/errors.ts'
import type { Context } from '../stage/context.ts'
import { NODES, STAND_INS, writeStandIns } from './stand-ins.ts'
import { BSP, L4T } from './unpack.ts'

const AT = `/work/${BSP}/${L4T}`

/** @param words script, relative to Linux_for_Tegra, and its words. @throws UserError when it fails. */
export async function runBspScript(words: readonly string[], { work, tools }: Context): Promise<void> {
  writeStandIns(work)
  const rootfs = `${AT}/rootfs`
  await tools`mkdir -p ${rootfs} && mount --rbind /rootfs ${rootfs}
    mount -t tmpfs -o mode=755,nosuid,size=1m dev ${rootfs}/dev
    cd ${rootfs}/dev
    mkdir pts shm ${NODES}
    for node in null zero full tty ${NODES}/random ${NODES}/urandom; do
      : > $node; mount --bind /dev/\${node##*/} $node
    done
    ln -s ${NODES}/random random; ln -s ${NODES}/urandom urandom
    ln -s /proc/self/fd fd; ln -s fd/0 stdin; ln -s fd/1 stdout; ln -s fd/2 stderr`
  const { exitCode, stderr } = await tools`cd ${AT} && PATH=/work/${STAND_INS}:$PATH ${words}`.nothrow()
  await tools`umount -R ${rootfs} || umount -R -l ${rootfs}`
  if (exitCode === 0) return
  // Without its words: a password may be among them.
  throw new UserError(`${words[0]} of the BSP ended with status ${exitCode}`, {
    hint: stderr.trim().split('\n').at(-1) || 'the log has what it said',
  })
}
