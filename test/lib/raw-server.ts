/** A server of one file that can lie about lengths, and hang up in the middle. */
import { createServer, type Server, type Socket } from 'node:net'

export const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251))

export type Answer = (range: number | undefined, socket: Socket) => void

/** What it was asked, path and range, and what it answers next, by path; else 404. */
export const served: { asked: string[]; answers: Record<string, Answer[]> } = { asked: [], answers: {} }

export const respond = (
  status: string,
  headers: Record<string, string | number>,
  body: Uint8Array = Buffer.alloc(0),
): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status}\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}connection: close\r\n\r\n`,
    ),
    body,
  ])

export const server: Server = createServer(socket => {
  socket.on('error', () => undefined)
  socket.once('data', data => {
    const text = data.toString()
    const path = /^GET (\S+)/.exec(text)?.[1] ?? ''
    const range = /range: bytes=(\d+)-/i.exec(text)?.[1]
    served.asked.push(`${path}${range ? ` from ${range}` : ''}`)
    const answer =
      served.answers[path]?.shift() ?? ((_, to) => to.end(respond('404 Not Found', { 'content-length': 0 })))
    answer(range === undefined ? undefined : Number(range), socket)
  })
})
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
const address = server.address()
export const at = (path: string): string =>
  `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${path}`

export const whole: Answer = (range, socket) =>
  socket.end(
    range === undefined
      ? respond('200 OK', { 'content-length': content.length, etag: '"one"' }, content)
      : respond(
          '206 Partial Content',
          {
            'content-length': content.length - range,
            'content-range': `bytes ${range}-${content.length - 1}/${content.length}`,
            etag: '"one"',
          },
          content.subarray(range),
        ),
  )
export const status =
  (line: string): Answer =>
  (_, socket) =>
    socket.end(respond(line, { 'content-length': 0 }))
/** Promises everything, sends 100000 bytes and hangs up. */
export const truncated =
  (headers: Record<string, string> = { etag: '"one"' }): Answer =>
  (_, socket) => {
    socket.write(respond('200 OK', { 'content-length': content.length, ...headers }, content.subarray(0, 100_000)))
    setTimeout(() => socket.destroy(), 50)
  }
export const hang: Answer = () => undefined
export const stall: Answer = (_, socket) =>
  void socket.write(
    respond('200 OK', { 'content-length': content.length, etag: '"one"' }, content.subarray(0, 100_000)),
  )
