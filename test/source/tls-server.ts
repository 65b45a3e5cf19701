/** A server of files by https, with a certificate that only those trust who are told to: `trust` is their environment. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Served = {
  at(path: string): string
  /** Path → what is there; a function answers itself. */
  files: Record<string, Buffer | ((request: IncomingMessage, response: ServerResponse) => void)>
  /** Paths asked for, with the range. */
  asked: string[]
  trust: Record<string, string>
  close(): void
}

export async function tlsServer(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'rootsmith-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const served: Served = { at: () => '', files: {}, asked: [], trust: { NODE_EXTRA_CA_CERTS: cert }, close: () => {} }
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const path = request.url ?? ''
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    served.asked.push(start ? `${path} from ${start}` : path)
    const file = served.files[path]
    if (typeof file === 'function') return file(request, response)
    if (!file) return void response.writeHead(404).end()
    const range = { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }
    response.writeHead(start ? 206 : 200, {
      'content-length': file.length - start,
      etag: '"1"',
      ...(start ? range : {}),
    })
    response.end(file.subarray(start))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  served.at = path => `https://127.0.0.1:${port}${path}`
  served.close = () => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
  return served
}
