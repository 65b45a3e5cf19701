/** Fills a store with images: pulled by a daemon of ours, or loaded from what the machine's engine built. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { debianArch } from '../container/engine.ts'
import { explain } from '../container/errors.ts'
import { UserError } from '../lib/errors.ts'
import { DownloadError, patiently } from '../lib/patience.ts'
import { type Daemon, type Place, startDaemon } from './daemon.ts'
import { runInTree } from './in-tree.ts'
import { normaliseStore } from './normalise.ts'
import { recordTrusted } from './trusted.ts'
import { PLATFORM, type Wanted } from './wanted.ts'

export type Order = Omit<Place, 'store'> & {
  wanted: readonly Wanted[]
  arch: Arch
  /** An archive of `docker save` with those that are built. */
  built: string | undefined
  /** Becomes the layer's files: `docker`, and its trusted attributes. */
  folder: string
  say(message: string, current: number, total: number): void
  warn(message: string): void
}

/** @throws UserError for an image that can't be had or is of another architecture; Interrupted */
export async function fillStore(order: Order): Promise<void> {
  const { wanted, arch, built, folder, tree } = order
  const store = join(folder, 'docker')
  mkdirSync(folder, { recursive: true })
  const daemon = await startDaemon({ ...order, store })
  try {
    if (built) await load(daemon, order, built)
    for (const [i, { reference, how }] of wanted.entries()) {
      order.say(`${how === 'pull' ? 'pull' : 'check'} ${reference}`, i, wanted.length)
      if (how === 'pull') await pull(daemon, order, reference)
      await checkArchitecture(daemon, reference, arch)
    }
  } finally {
    await daemon.stop()
  }
  normaliseStore(store)
  await recordTrusted(tree, folder)
}

async function pull(daemon: Daemon, { arch, warn, log }: Order, reference: string): Promise<void> {
  const platform = PLATFORM[arch]
  await patiently(async () => {
    const { status, stderr } = await daemon.docker(['pull', '--platform', platform, reference], log)
    if (status === 0) return
    const error = explain(`${reference} can't be pulled for ${platform}`, stderr, 'image not found', status)
    const hint = /no matching manifest|does not match the specified platform/i.test(stderr)
      ? 'the registry has it for other architectures only; name another image, or let the build make it (`operation: build`)'
      : error.hint
    if (!PASSES.test(stderr)) throw new UserError(error.message, { hint })
    throw new DownloadError(error.message, { hint: hint ?? '', fruitful: false, output: stderr })
  }, warn)
}

/** What may be over in a moment: the network's and the registry's own troubles. */
const PASSES =
  /timeout|timed out|EOF|reset by peer|connection refused|toomanyrequests|received unexpected HTTP status: 5\d\d|temporary failure|TLS handshake|no route to host|unreachable/i

async function load(daemon: Daemon, { tree, run, log, say, wanted }: Order, archive: string): Promise<void> {
  say('load what was built', 0, wanted.length)
  // By the client of a namespace that sees the archive.
  const binds = [
    [run, '/run/rootsmith'],
    [dirname(archive), '/mnt'],
  ] as const
  const words = [daemon.socket, archive.slice(dirname(archive).length + 1)]
  const { status, stderr } = await runInTree(
    tree,
    binds,
    'exec docker --host "unix:///run/rootsmith/$1" load --input "/mnt/$2"',
    words,
    { show: log },
  )
  if (status !== 0)
    throw explain('the images that were built could not be loaded', stderr, 'invalid specification', status)
}

/** A daemon takes what it gets for the wanted platform: an image of a single architecture has no list to choose from. */
async function checkArchitecture(daemon: Daemon, reference: string, arch: Arch): Promise<void> {
  const { status, stdout, stderr } = await daemon.docker([
    'image',
    'inspect',
    '--format',
    '{{.Architecture}}',
    reference,
  ])
  if (status !== 0) throw explain(`${reference} is not there`, stderr, 'image not found', status)
  const found = stdout.trim()
  if (debianArch(found) !== arch)
    throw new UserError(`${reference} is for ${found}, and the rootfs is for ${arch}`, {
      hint: `pull or build one for ${PLATFORM[arch]}`,
    })
}
