/** An engine, a registry with images in it, and versions of a package with a compose project that uses them. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { $ } from 'zx'
import { buildDeb } from '../../scripts/output/deb.ts'
import { type Bench, bench } from '../output/harness.ts'
import { startEngine, stopEngine } from './engine.ts'
import { Registry } from './registry.ts'

const run = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })

/** Versions of the package: what its compose file says; the last one has no project. */
const VERSIONS: Record<string, { project: string; image: string }> = {
  '1.0.0': { project: 'demo', image: 'app:1' },
  '1.1.0': { project: 'demo', image: 'app:2' },
  '2.0.0': { project: 'other', image: 'app:2' },
  '3.0.0': { project: '', image: '' },
}

export class ComposeSample {
  private constructor(
    /** Holds the packages. */
    readonly folder: string,
    readonly registry: Registry,
    private readonly engine: Record<string, string>,
  ) {}

  static async make(): Promise<ComposeSample> {
    const engine = await startEngine()
    const folder = await mkdtemp(join(tmpdir(), 'rootsmith-deb-docker-'))
    const sample = new ComposeSample(folder, await Registry.make(), engine)
    await mkdir(join(folder, 'image'))
    await copyFile(Bun.which('busybox') ?? '', join(folder, 'image/busybox'))
    await run`chmod 755 ${folder}/image/busybox`
    for (const tag of ['app:1', 'app:2', 'tool:1']) {
      await sample.import(`${sample.registry.host}/${tag}`)
      await sample.docker('push', `${sample.registry.host}/${tag}`)
      await sample.docker('image', 'rm', `${sample.registry.host}/${tag}`)
    }
    const packer = await bench({ name: 'sample' })
    for (const version of Object.keys(VERSIONS)) await sample.pack(packer, version)
    await packer.close()
    return sample
  }

  async docker(...words: string[]): Promise<string> {
    const env = { ...process.env, ...this.engine } as Record<string, string>
    return (await $({ quiet: true, env })`docker ${words}`).stdout.trim()
  }

  /** Makes an image that differs from any other. */
  async import(name: string): Promise<void> {
    await writeFile(join(this.folder, 'image/name'), `${name}\n`)
    await run`tar -C ${this.folder}/image -cf ${this.folder}/image.tar .`
    await this.docker('import', '-c', 'CMD ["/busybox", "sleep", "10000"]', join(this.folder, 'image.tar'), name)
  }

  /** Where the engine listens. */
  get socket(): string {
    return (this.engine.DOCKER_HOST ?? '/var/run/docker.sock').replace('unix://', '')
  }

  /** `project/service image state` of every container of a project, by service. */
  async containers(): Promise<string[]> {
    const label = (name: string): string => `{{.Label "com.docker.compose.${name}"}}`
    const format = `${label('project')}/${label('service')} {{.Image}} {{.State}}`
    return this.lines('ps', '--all', '--filter', 'label=com.docker.compose.project', '--format', format)
  }

  async ids(...filter: string[]): Promise<string[]> {
    return this.lines('ps', '--quiet', '--no-trunc', '--filter', 'label=com.docker.compose.project', ...filter)
  }

  /** Names of the images that are ours, without the registry's. */
  async images(): Promise<string[]> {
    const names = await this.lines('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
    return names.filter(name => /^(app|tool|demo-built|other-built):/.test(name))
  }

  private async lines(...words: string[]): Promise<string[]> {
    const text = await this.docker(...words)
    return text.replaceAll(`${this.registry.host}/`, '').split('\n').filter(Boolean).sort()
  }

  /** Nothing of ours stays, and nothing else goes: the engine may be the machine's own. */
  async clear(): Promise<void> {
    for (const project of ['demo', 'other']) {
      const filter = ['--filter', `label=com.docker.compose.project=${project}`]
      for (const id of await this.lines('ps', '-aq', ...filter)) await this.docker('rm', '-f', id)
      for (const id of await this.lines('network', 'ls', '-q', ...filter)) await this.docker('network', 'rm', id)
      for (const id of await this.lines('volume', 'ls', '-q', ...filter)) await this.docker('volume', 'rm', id)
    }
    for (const name of await this.images()) {
      const isPulled = /^(app|tool):/.test(name)
      await this.docker('image', 'rm', '-f', isPulled ? `${this.registry.host}/${name}` : name)
    }
  }

  private async pack(packer: Bench, version: string): Promise<void> {
    const { project = '', image } = VERSIONS[version] ?? {}
    const at = (path: string): string => join(packer.configDir, path)
    await mkdir(at('app'), { recursive: true })
    await writeFile(at('app/Dockerfile'), 'FROM scratch\n')
    await writeFile(at('.env'), 'GREETING=hello\n')
    await writeFile(at('note'), 'a file\n')
    // Nothing in the containers listens to SIGTERM.
    const common = { stop_signal: 'SIGKILL', volumes: ['data:/data'] }
    // `built` comes with the root file system; `tool` was here before the package.
    const services = {
      web: { ...common, image: `${this.registry.host}/${image}`, environment: ['GREETING=$GREETING'] },
      built: { ...common, build: './app' },
      tool: { ...common, image: `${this.registry.host}/tool:1` },
    }
    await writeFile(at('compose.yaml'), JSON.stringify({ version: '3.7', services, volumes: { data: {} } }))
    const note = { type: 'file' as const, source: 'note', target: '/opt/note', chmod: '644', chown: 'root:root' }
    const compose = {
      type: 'docker-compose' as const,
      path: 'compose.yaml',
      target: '/opt/app',
      services: [] as string[],
    }
    const composed = project === '' ? [] : [{ ...compose, project, operation: 'build' as const }]
    const file = await buildDeb({ ...packer, config: { ...packer.config, components: [note, ...composed] }, version })
    await copyFile(file, join(this.folder, basename(file)))
  }

  async close(): Promise<void> {
    await this.registry.remove()
    await stopEngine()
    await rm(this.folder, { recursive: true, force: true })
  }
}
