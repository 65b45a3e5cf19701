/** Container images for the tests: a registry on the loopback address, and images small enough to build without any other. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { TEST_CACHE } from './driver.ts'

export type Registry = {
  /** `127.0.0.1:PORT` */
  name: string
  stop(): Promise<void>
}

/** Debian's docker-registry, with an empty store. @param port one that was used before; default: a free one. */
export async function startRegistry(port?: number): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-registry-'))
  const name = `127.0.0.1:${port ?? (await freePort())}`
  const settings = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: name },
  }
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(settings))
  const child: ChildProcess = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  const ended = new Promise(resolve => child.once('close', resolve))
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`http://${name}/v2/`).then(
        answer => answer.ok,
        () => false,
      )
    )
      break
    if (tries > 100 || child.exitCode !== null) throw new Error('docker-registry does not start')
    await Bun.sleep(50)
  }
  return {
    name,
    async stop() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

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
