/** A registry on loopback, which every engine trusts without TLS; it can be stopped, and started again with what it had. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class Registry {
  readonly folder = mkdtempSync(join(tmpdir(), 'rootsmith-registry-'))
  private child: ChildProcess | undefined
  private constructor(readonly port: number) {}

  static async make(): Promise<Registry> {
    const port = await freePort()
    const registry = new Registry(port)
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(registry.folder, 'data') } },
      http: { addr: `127.0.0.1:${port}` },
    }
    writeFileSync(join(registry.folder, 'config.yml'), JSON.stringify(config))
    await registry.start()
    return registry
  }

  /** What image names start with. */
  get host(): string {
    return `localhost:${this.port}`
  }

  async start(): Promise<void> {
    this.child = spawn('docker-registry', ['serve', join(this.folder, 'config.yml')], { stdio: 'ignore' })
    for (let tries = 0; tries < 100; tries++) {
      if (
        await fetch(`http://127.0.0.1:${this.port}/v2/`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return
      await Bun.sleep(100)
    }
    throw new Error('docker-registry does not start')
  }

  async stop(): Promise<void> {
    const gone = new Promise(resolve => this.child?.once('exit', resolve))
    if (this.child?.kill('SIGKILL')) await gone
    this.child = undefined
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
