/** NVIDIA's packages, kernel and boot files into the rootfs: what its guide calls applying the binaries. */
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { fetchFile } from '../source/fetch.ts'
import type { Context } from '../stage/context.ts'
import { resolveIn } from '../stage/files.ts'
import { boardsOf, requireBoard } from './boards.ts'
import { FACTS, formatFacts } from './facts.ts'
import { layoutsOf, requireLayout } from './layouts.ts'
import { readRelease } from './release.ts'
import { runBspScript } from './run.ts'
import { BSP, L4T, unpackBsp } from './unpack.ts'

/** NVIDIA's source of packages; the device itself puts its chip in place of `<SOC>`, so apt can't read it before. */
const SOURCE = 'etc/apt/sources.list.d/nvidia-l4t-apt-source.list'
const HELD = `${SOURCE}.held`

export async function applyBsp(context: Context): Promise<void> {
  const { config, work, rootfs, log, progress, write, chroot } = context
  const { jetson } = config
  if (!jetson) throw new UserError('the target jetson needs the key `jetson`')
  const archive = await fetchFile(context, jetson.bsp)
  const bytes = await unpackBsp(archive, context)
  const l4t = join(work, BSP, L4T)
  const release = readRelease(textOf(join(l4t, 'nv_tegra/nv_tegra_release')), basename(archive), log.warn)
  const boards = boardsOf(l4t)
  const board = requireBoard(boards, jetson.board)
  if (jetson.layout !== undefined) requireLayout(l4t, jetson.layout)
  log.info(`Jetson Linux ${release.text}, ${boards.length} boards`)
  await requireRoot(context)

  progress('applying the binaries')
  // Thor's driver is NVIDIA's open one, which has to be asked for (developer guide r38, Quick Start).
  const options = board.chip === 'thor' ? ['--openrm'] : []
  await runBspScript(['./apply_binaries.sh', ...options], context)
  // NVIDIA's scripts leave this to the first boot, for an emulator whose ldconfig crashes (qemu issue 1913).
  await chroot`ldconfig`

  const layouts = layoutsOf(l4t)
  await write(FACTS, formatFacts({ release: release.text, archive: basename(archive), bytes, boards, layouts }))
  // The sample rootfs has one; a bootstrapped one has not. flash.sh names the disk on the kernel's command line.
  if (!/^\s*[^#\s]/m.test(textOf(resolveIn(rootfs, 'etc/fstab'))))
    await write('etc/fstab', '/dev/root  /  ext4  defaults  0  1\n')
  holdSource(rootfs)
}

/** apply_binaries.sh says at length that it wants this; a config says so shorter. */
async function requireRoot({ rootfs, $ }: Context): Promise<void> {
  const { stdout } = await $`stat -c %u:%g ${resolveIn(rootfs, 'etc/passwd')}`
  if (stdout.trim() !== '0:0')
    throw new UserError(`/etc/passwd of the rootfs belongs to ${stdout.trim()}, and NVIDIA's scripts want root`, {
      hint: 'the archive that the rootfs comes from was packed by an ordinary user: pack it as root, with --numeric-owner',
    })
}

/** Until `returnSource`, apt does not see it: one source that can't be read fails them all. */
function holdSource(rootfs: string): void {
  const file = resolveIn(rootfs, SOURCE)
  if (textOf(file).includes('<SOC>')) renameSync(file, resolveIn(rootfs, HELD))
}

/** After the last stage that installs packages. */
export function returnSource(rootfs: string): void {
  const held = resolveIn(rootfs, HELD)
  if (existsSync(held)) renameSync(held, resolveIn(rootfs, SOURCE))
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
