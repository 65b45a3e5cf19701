/** What Docker's store keeps of the day it was made: random names, times, and what belongs to a daemon rather than to images. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** All else is made anew by the daemon of the device: reference "Docker images inside the rootfs", and seen with 20.10 and 26.1. */
const KEPT = ['image', 'overlay2']

/**
 * Names layers after what is in them, so that the same images give the same store.
 * @param store the data-root of a daemon that has stopped
 */
export function normaliseStore(store: string): void {
  for (const name of readdirSync(store))
    if (!KEPT.includes(name)) rmSync(join(store, name), { recursive: true, force: true })
  // When a tag was last set: it says when it was built.
  for (const file of globSync('image/overlay2/imagedb/metadata/sha256/*/lastUpdated', { cwd: store }))
    rmSync(join(store, file))
  const layers = join(store, 'image/overlay2/layerdb/sha256')
  const overlay = join(store, 'overlay2')
  const links = new Map<string, string>()
  for (const chain of existsSync(layers) ? readdirSync(layers).sort() : []) {
    const file = join(layers, chain, 'cache-id')
    const was = join(overlay, readFileSync(file, 'utf8'))
    const id = createHash('sha256').update(`rootsmith ${chain}`).digest('hex')
    links.set(readFileSync(join(was, 'link'), 'utf8'), shortName(id))
    renameSync(was, join(overlay, id))
    writeFileSync(join(overlay, id, 'link'), shortName(id))
    writeFileSync(file, id)
  }
  rmSync(join(overlay, 'l'), { recursive: true, force: true })
  mkdirSync(join(overlay, 'l'), { mode: 0o700 })
  for (const id of readdirSync(overlay).sort()) {
    if (id === 'l') continue
    symlinkSync(`../${id}/diff`, join(overlay, 'l', shortName(id)))
    const lower = join(overlay, id, 'lower')
    if (existsSync(lower)) writeFileSync(lower, renamed(readFileSync(lower, 'utf8'), links))
  }
}

const renamed = (lower: string, links: Map<string, string>): string =>
  lower
    .split(':')
    .map(path => `l/${links.get(path.slice(2)) ?? path.slice(2)}`)
    .join(':')

/** As Docker's: 26 characters of base32, so that the options of a mount with many layers fit a page. */
function shortName(id: string): string {
  return [...Buffer.from(id.slice(0, 52), 'hex')].map(byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
}
