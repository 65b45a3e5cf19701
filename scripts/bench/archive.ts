/** What is in a rootfs.tar.zst, entry by entry: for the two builds whose archives are not the same bytes. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createZstdDecompress } from 'node:zlib'

/** Type, mode, owner, time, link target, extended attributes and content; what an entry has none of is left out. */
export type Entry = Record<string, string>

const BLOCK = 512

/** @returns path → what it is. Reads the whole archive, once. */
export async function readArchive(file: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  for await (const { path, entry } of parseTar(createReadStream(file).pipe(createZstdDecompress())))
    entries.set(path, entry)
  return entries
}

/** At most `limit` lines: `./etc/motd: content, mode`. */
export function differences(one: Map<string, Entry>, other: Map<string, Entry>, limit = 20): string[] {
  const lines: string[] = []
  for (const path of new Set([...one.keys(), ...other.keys()])) {
    if (lines.length === limit) break
    const [a, b] = [one.get(path), other.get(path)]
    if (!a || !b) lines.push(`${path}: only in the ${a ? 'accelerated' : 'emulated'} tree`)
    else {
      const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(name => a[name] !== b[name])
      if (names.length > 0) lines.push(`${path}: ${names.join(', ')}`)
    }
  }
  return lines
}

/** pax archives as GNU tar writes them (pax(1p), "pax Interchange Format"): an `x` header says what the next one cannot. */
async function* parseTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ path: string; entry: Entry }> {
  let pax: Record<string, string> = {}
  const take = reader(chunks)
  while (true) {
    const header = await take(BLOCK)
    // Two empty blocks are the end.
    if (header === undefined || header[0] === 0) return
    const text = (at: number, length: number): string => header.toString('utf8', at, at + length).replace(/\0.*$/s, '')
    const number = (at: number, length: number): number => Number.parseInt(text(at, length).trim() || '0', 8)
    const type = text(156, 1)
    const size = Number(pax.size ?? number(124, 12))
    if (type === 'x') {
      pax = parsePax((await content(take, size)) ?? Buffer.alloc(0))
      continue
    }
    const prefix = text(345, 155)
    const name = (value?: string): string | undefined => value && Buffer.from(value, 'latin1').toString()
    const path = name(pax.path) ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100))
    const link = name(pax.linkpath) ?? text(157, 100)
    const hash = createHash('sha256')
    await content(take, size, hash)
    yield {
      path,
      entry: {
        type,
        mode: number(100, 8).toString(8),
        owner: `${pax.uid ?? number(108, 8)}:${pax.gid ?? number(116, 8)}`,
        time: pax.mtime ?? String(number(136, 12)),
        device: `${text(329, 8)}${text(337, 8)}`,
        ...(link ? { link } : {}),
        ...(size > 0 ? { content: hash.digest('hex') } : {}),
        ...Object.fromEntries(Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.'))),
      },
    }
    pax = {}
  }
}

type Take = (bytes: number) => Promise<Buffer | undefined>

/** Bytes of an entry and the padding behind them. With a hash they are fed to it in pieces; a kernel need not fit into memory. */
async function content(take: Take, size: number, hash?: Hash): Promise<Buffer | undefined> {
  const padding = (BLOCK - (size % BLOCK)) % BLOCK
  if (!hash) return (await take(size + padding))?.subarray(0, size)
  for (let left = size; left > 0; left -= 2 ** 20) {
    const piece = await take(Math.min(left, 2 ** 20))
    if (!piece) throw new Error('the archive ends within a file')
    hash.update(piece)
  }
  if (padding > 0) await take(padding)
  return undefined
}

/** Records are `LENGTH KEY=VALUE\n`; the length counts bytes, its own digits too. latin1: values may be binary. */
function parsePax(data: Buffer): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at)
    const length = Number(data.toString('latin1', at, space))
    if (!(length > 0)) break
    const record = data.toString('latin1', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    fields[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return fields
}

/** @returns a function that gives the next so many bytes, or undefined when there are no more. */
function reader(chunks: AsyncIterable<Buffer>): Take {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  return async bytes => {
    const parts = [rest]
    let have = rest.length
    while (have < bytes) {
      const { value, done } = await iterator.next()
      if (done) return undefined
      parts.push(value)
      have += value.length
    }
    const all = parts.length === 1 ? rest : Buffer.concat(parts)
    rest = all.subarray(bytes)
    return all.subarray(0, bytes)
  }
}
