/**
 * A mirror that breaks, for tests: a web server that is at once a forward proxy (`http_proxy`) and a mirror (its own address
 * stands for `upstream`). Of what is asked of it a seeded share goes wrong. Real sockets, so that a reset is a reset.
 */
import { createHash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'

export const KINDS = ['503', 'reset', 'stall', 'truncate'] as const
/** `wrong` sends other bytes of the right length: it is not in the mix unless asked for. */
export type Kind = (typeof KINDS)[number] | 'wrong'

export type FaultyMirrorOptions = {
  /** What its own paths stand for, without a slash at the end: a URL, or what answers for a path. */
  upstream?: string | ((path: string) => Uint8Array | undefined)
  /** Of requests that go wrong, 0 to 1. */
  share?: number
  kinds?: readonly Kind[]
  seed?: number
  /** Decides instead of the dice: the path, which request for it this is (from 0), and which in all. */
  fault?: (path: string, nth: number, count: number) => Kind | undefined
  port?: number
}

export type FaultyMirror = {
  /** `http://127.0.0.1:PORT` */
  url: string
  requests: number
  /** Paths in the order of requests, with what went wrong. */
  log: { path: string; fault?: Kind | undefined; status: number }[]
  counts(): Record<string, number>
  close(): void
}

type File = { status: number; body: Uint8Array; modified?: string | undefined }
type Request = { method: string; target: string; headers: Record<string, string> }

/** 0 ≤ x < 1 by seed, path and which request for it this is: the same whatever order requests come in. */
const dice = (...words: (string | number)[]): number =>
  createHash('sha256').update(words.join('\0')).digest().readUInt32BE(0) / 2 ** 32

/** What was fetched is kept for as long as the process lives: the network behind it is asked once for each file. */
const fetched = new Map<string, Promise<File>>()

export async function faultyMirror(options: FaultyMirrorOptions = {}): Promise<FaultyMirror> {
  const { upstream, share = 0, kinds = KINDS, seed = 0, port = 0 } = options
  const asked = new Map<string, number>()
  const sockets = new Set<Socket>()

  const choose = (path: string): Kind | undefined => {
    const nth = asked.get(path) ?? 0
    asked.set(path, nth + 1)
    if (options.fault) return options.fault(path, nth, mirror.requests - 1)
    if (dice(seed, path, nth) >= share) return undefined
    return kinds[Math.floor(dice(seed, path, nth, 'kind') * kinds.length)]
  }

  /** @returns whether the connection can take the next request. */
  async function answer({ method, target, headers }: Request, socket: Socket): Promise<boolean> {
    mirror.requests++
    const path = target.startsWith('http://') ? new URL(target).pathname : target
    const fault = choose(path)
    const entry = { path, fault, status: 503 }
    mirror.log.push(entry)
    if (fault === '503') return send(socket, 503, {}, Buffer.from('busy\n'))
    const file = await find(target, upstream)
    const { status, extra, body } = part(file, headers)
    entry.status = status
    const lines = { ...extra, ...(file.modified ? { 'last-modified': file.modified } : {}) }
    if (!fault) return send(socket, status, lines, method === 'HEAD' ? Buffer.alloc(0) : body)
    if (fault === 'wrong') return send(socket, status, lines, Buffer.from(body).fill(0x78, body.length >> 1))
    // Half of them break before the first byte of the answer, where they can.
    const early = fault !== 'truncate' && dice(seed, path, mirror.requests, 'when') < 0.5
    if (!early) socket.write(head(status, { ...lines, 'content-length': body.length }))
    if (!early) await new Promise<void>(done => socket.write(body.subarray(0, body.length >> 1), () => done()))
    if (fault === 'truncate') socket.end()
    // Bun sends a reset for what it did not read yet; elsewhere this is one by name.
    if (fault === 'reset') socket.resetAndDestroy?.() ?? socket.destroy()
    return false
  }

  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    // apt sends several requests before it reads an answer: they are answered one after the other.
    let text = ''
    let busy: Promise<boolean> = Promise.resolve(true)
    socket.on('data', data => {
      text += data.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = parse(text.slice(0, end))
        text = text.slice(end + 4)
        busy = busy.then(
          async open => open && !socket.destroyed && (await answer(request, socket).catch(() => !socket.destroy())),
        )
      }
    })
  })
  await new Promise<void>(done => server.listen(port, '127.0.0.1', () => done()))
  const address = server.address()
  const mirror: FaultyMirror = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`,
    requests: 0,
    log: [],
    counts: () => {
      const counts: Record<string, number> = {}
      for (const { fault } of mirror.log) if (fault) counts[fault] = (counts[fault] ?? 0) + 1
      return counts
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return mirror
}

function parse(text: string): Request {
  const [first = '', ...lines] = text.split('\r\n')
  const [method = '', target = ''] = first.split(' ')
  const headers = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { method, target, headers }
}

async function find(target: string, upstream: FaultyMirrorOptions['upstream']): Promise<File> {
  if (typeof upstream === 'function') {
    const body = upstream(decodeURIComponent(target))
    return body
      ? { status: 200, body, modified: 'Thu, 01 Jan 2026 00:00:00 GMT' }
      : { status: 404, body: Buffer.alloc(0) }
  }
  const url = target.startsWith('http://') ? target : `${upstream}${target}`
  const found = fetched.get(url) ?? load(url)
  fetched.set(url, found)
  found.catch(() => fetched.delete(url))
  return await found
}

async function load(url: string): Promise<File> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  const modified = response.headers.get('last-modified') ?? undefined
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()), modified }
}

/** The part of a file that is asked for: RFC 9110, 13.1.5 and 14.2. */
function part(
  file: File,
  headers: Record<string, string>,
): { status: number; extra: Record<string, string>; body: Uint8Array } {
  const { status, body, modified } = file
  if (status !== 200) return { status, extra: {}, body }
  if (modified && headers['if-modified-since'] === modified) return { status: 304, extra: {}, body: Buffer.alloc(0) }
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  if (start === 0 || (headers['if-range'] && headers['if-range'] !== modified)) return { status, extra: {}, body }
  if (start >= body.length)
    return { status: 416, extra: { 'content-range': `bytes */${body.length}` }, body: Buffer.alloc(0) }
  const extra = { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` }
  return { status: 206, extra, body: body.subarray(start) }
}

const head = (status: number, lines: Record<string, string | number>): string =>
  `HTTP/1.1 ${status} x\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

function send(socket: Socket, status: number, lines: Record<string, string>, body: Uint8Array): boolean {
  socket.write(head(status, { ...lines, 'content-length': body.length }))
  socket.write(body)
  return true
}

// On its own, for measuring: bun test/faulty-mirror.ts SEED SHARE PORT [UPSTREAM]; says what it did when it is ended.
if (import.meta.main) {
  const [seed = '1', share = '0.2', port = '0', upstream] = process.argv.slice(2)
  const mirror = await faultyMirror({
    seed: Number(seed),
    share: Number(share),
    port: Number(port),
    ...(upstream ? { upstream } : {}),
  })
  console.log(mirror.url)
  process.on('SIGTERM', () => {
    console.log(JSON.stringify({ requests: mirror.requests, ...mirror.counts() }))
    process.exit(0)
  })
}
