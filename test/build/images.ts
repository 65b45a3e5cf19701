/** Container images for the tests, small enough to be made without any other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { TEST_CACHE } from './driver.ts'

/** Debian's static busybox of an architecture, with links for a few of its commands: all that a base image needs. */
export async function busyboxTree(arch: string): Promise<string> {
  const tree = join(TEST_CACHE, 'test', `busybox-${arch}`)
  if (await Bun.file(join(tree, 'bin/busybox')).exists()) return tree
  const quiet = $({ quiet: true })
  const work = mkdtempSync(join(tmpdir(), 'rootsmith-busybox-'))
  await quiet`mmdebstrap --mode=root --variant=extract --architectures=${arch} --include=busybox-static --format=directory bookworm ${work}/root`
  mkdirSync(join(tree, 'bin'), { recursive: true })
  for (const name of ['sh', 'sleep', 'ls', 'cat', 'echo', 'httpd', 'rm', 'mkdir', 'touch'])
    await quiet`ln -sfn busybox ${tree}/bin/${name}`
  // Last: it says that the tree is whole. Wherever that release has it.
  await quiet`cp $(find ${work}/root -path '*/bin/busybox' -type f) ${tree}/bin/busybox`
  rmSync(work, { recursive: true, force: true })
  return tree
}

/**
 * Makes an image in the engine of folders, a layer each, without running anything. The same folder gives the same layer, so
 * images share it. A file `.wh.NAME` deletes NAME of the layers below, `.wh..wh..opq` all that its folder had: OCI image
 * specification, "Whiteouts".
 * @param env says where the engine is.
 */
export async function loadImage(
  layers: readonly string[],
  architecture: string,
  reference: string,
  env: Record<string, string>,
): Promise<void> {
  const quiet = $({ quiet: true, env: { ...process.env, ...env } as Record<string, string> })
  const work = mkdtempSync(join(tmpdir(), 'rootsmith-image-'))
  const ids: string[] = []
  for (const [i, folder] of layers.entries()) {
    await quiet`tar -C ${folder} --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf ${work}/${i}.tar .`
    ids.push(`sha256:${(await quiet`sha256sum ${work}/${i}.tar`).stdout.slice(0, 64)}`)
  }
  const config = {
    architecture,
    os: 'linux',
    config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: ids },
  }
  writeFileSync(join(work, 'config.json'), JSON.stringify(config))
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: layers.map((_, i) => `${i}.tar`) }]
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest))
  await quiet`set -o pipefail; tar -C ${work} -c . | docker load`
  rmSync(work, { recursive: true, force: true })
}
