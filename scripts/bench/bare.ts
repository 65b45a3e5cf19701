/**
 * Process 1 of a sandbox: what the machine needs to turn a tree into a compressed file system, with nothing of ours around
 * it. Usage: bare.ts JOB
 */
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { $ } from '../lib/bash.ts'
import { COMPRESSIONS } from '../output/compress.ts'
import { mountOverlay } from '../sandbox/mounts.ts'
import { openTools } from '../sandbox/tools.ts'

export type BareJob = {
  /** Root of the tree of tools. */
  tree: string
  /** Folders of the rootfs, the topmost first. */
  layers: string[]
  /** How large our image is: the bare one is as large, with the same compressor at the same level. */
  bytes: number
  compression: Config['image']['compression']
  /** An empty folder; result.json is left there. */
  folder: string
}

/** Seconds. */
export type BareResult = { assemble: number; compress: number }

async function main(file: string): Promise<void> {
  await $({ quiet: true })`mount -t proc proc /proc`
  const { tree, layers, bytes, compression, folder } = JSON.parse(readFileSync(file, 'utf8')) as BareJob
  const scratch = join(folder, 'scratch')
  const tools = await openTools(join(folder, 'tools'), tree, { scratch, out: join(folder, 'out') })
  const rootfs = join(folder, 'root')
  await mountOverlay({ lowers: layers, target: rootfs })
  await tools.lend(rootfs)
  const run = tools.command(0)

  closeSync(openSync(join(scratch, 'image'), 'w'))
  truncateSync(join(scratch, 'image'), bytes)
  const assemble = await timed(() => run`mke2fs -q -F -t ext4 -d /rootfs /work/image`)
  const { command, level: usual } = COMPRESSIONS[compression.format]
  const words = command(compression.level ?? usual)
  const compress = await timed(() => run`${words} /work/image > /out/image`)
  writeFileSync(join(dirname(file), 'result.json'), JSON.stringify({ assemble, compress } satisfies BareResult))
}

async function timed(work: () => PromiseLike<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

if (import.meta.main) {
  const [file] = process.argv.slice(2)
  if (!file) throw new Error('usage: bare.ts JOB')
  await main(file)
  process.exit(0)
}
