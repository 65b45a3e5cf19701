/** The builder image: which one each strategy uses, and how it comes to be there. */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import published from '../../docker/builder.json' with { type: 'json' }
import rootsmith from '../../package.json' with { type: 'json' }
import { runAlong } from '../lib/along.ts'
import { $ } from '../lib/bash.ts'
import { gitFacts } from '../lib/git.ts'
import { APT_PROXY, proxyEnv } from '../lib/network.ts'
import { ROOT } from '../plan/world.ts'
import type { Report } from '../strategy/strategy.ts'
import { ensureBase } from './base.ts'
import { debianArch, dieWithUs, type Engine, engineRun } from './engine.ts'
import { ContainerError } from './errors.ts'
import { networkFor } from './network.ts'
import { pull } from './pull.ts'

export type Image = { name: string; arch: string }

const DOCKERFILE = 'docker/builder.Dockerfile'
/** All that the Dockerfile copies: a new image is made when one of them changes. */
const CONTEXT = [
  DOCKERFILE,
  'package.json',
  'package-lock.json',
  'scripts/lib/bash.ts',
  'scripts/sandbox/handler.ts',
  'scripts/sandbox/handler.c',
  'scripts/sandbox/arch.ts',
]

/** Label of images made here, by which outdated ones are found. */
const OURS = 'org.rootsmith.builder'

/** `$ROOTSMITH_BUILDER_IMAGE`, else the one that was published for this version; undefined where none was. */
export function officialImage(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.ROOTSMITH_BUILDER_IMAGE) return env.ROOTSMITH_BUILDER_IMAGE
  // Never by its tag alone: whoever can move the tag would build everybody's images.
  return published.digest && published.version === rootsmith.version
    ? `${published.image}@${published.digest}`
    : undefined
}

/** Pulls the published image unless the engine has it. @throws ContainerError */
export async function ensureOfficial(engine: Engine, name: string, { say, show }: Report): Promise<Image> {
  const there = await look(engine, name)
  if (there) return there
  say(`Pull ${name}`)
  await pull(engine, name, show)
  const pulled = await look(engine, name)
  if (!pulled) throw new ContainerError('image not found', `${name} was pulled and is not there`)
  return pulled
}

/** What the image made here is called; its tag is a digest of all that it is made from. */
export function localImage(): string {
  const hash = createHash('sha256')
  for (const file of CONTEXT) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)))
  return `rootsmith-builder:${hash.digest('hex').slice(0, 12)}`
}

/** Makes the builder image unless the engine has it. @throws ContainerError */
export async function ensureLocal(engine: Engine, report: Report): Promise<Image> {
  const name = localImage()
  const there = await look(engine, name)
  if (there) return there
  const base = await ensureBase(engine, report.say, report.show)
  report.say(`Make the builder image ${name}`)
  await buildImage(engine, name, base, report)
  await removeOutdated(engine, name)
  const made = await look(engine, name)
  if (!made) throw new ContainerError('image not found', `${name} was made and is not there`)
  return made
}

/** @returns undefined where the engine does not have it. */
export async function look(engine: Engine, name: string): Promise<Image | undefined> {
  const found = await engineRun(engine, ['image', 'inspect', '--format', '{{.Architecture}}', name])
  return found.exitCode === 0 ? { name, arch: debianArch(found.stdout.trim()) } : undefined
}

async function buildImage(engine: Engine, name: string, base: string, { show }: Report): Promise<void> {
  const context = makeContext()
  try {
    const git = await gitFacts(ROOT)
    const registry = await $({ nothrow: true, quiet: true })`npm config get registry`
    // apt alone asks by http there; npm asks by https.
    const aptProxy = process.env[APT_PROXY]
    const network = networkFor(process.env)
    const args = {
      BASE: base,
      VERSION: rootsmith.version,
      REVISION: git?.commit ?? '',
      ...(registry.exitCode === 0 ? { NPM_CONFIG_REGISTRY: registry.stdout.trim() } : {}),
      ...proxyEnv({ ...process.env, ...(aptProxy ? { http_proxy: aptProxy, HTTP_PROXY: aptProxy } : {}) }),
    }
    const words = [
      ...[...dieWithUs(), engine.program, 'build', '--file', join(context, DOCKERFILE), '--tag', name],
      ...['--label', `${OURS}=${name}`, '--force-rm'],
      ...Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      ...(network ? ['--network', network] : []),
      context,
    ]
    const built = await runAlong(words, show, { env: await builder(engine) })
    if (built.status !== 0) {
      const said = built.last
        .slice(-6)
        .map(line => `  ${line}`)
        .join('\n')
      throw new ContainerError('build failed', `the image ${name} can't be built`, {
        hint: `it said last:\n${said}`,
        status: built.status,
      })
    }
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

/** A folder with nothing but what the Dockerfile copies: a remote engine gets all of it. */
function makeContext(): string {
  const context = mkdtempSync(join(tmpdir(), 'rootsmith-image-'))
  for (const file of CONTEXT) {
    mkdirSync(dirname(join(context, file)), { recursive: true })
    copyFileSync(join(ROOT, file), join(context, file))
  }
  const { NODE_EXTRA_CA_CERTS, npm_config_cafile, SSL_CERT_FILE } = process.env
  const authorities = [NODE_EXTRA_CA_CERTS, npm_config_cafile, SSL_CERT_FILE].find(file => file && existsSync(file))
  if (authorities) copyFileSync(authorities, join(context, 'docker/extra-ca.crt'))
  return context
}

/**
 * BuildKit where client and engine have it: builds the two stages side by side and leaves nothing of the first. Docker's
 * client has it built in up to version 22, and as a plugin, buildx, since; without that it refuses DOCKER_BUILDKIT=1.
 */
async function builder(engine: Engine): Promise<Record<string, string>> {
  if (engine.kind !== 'docker') return {}
  const client = await $({ nothrow: true, quiet: true })`${engine.program} version --format ${'{{.Client.Version}}'}`
  const plugin = await $({ nothrow: true, quiet: true })`${engine.program} buildx version`
  const has = plugin.exitCode === 0 || Number.parseInt(client.stdout, 10) < 23
  return { DOCKER_BUILDKIT: has ? '1' : '0', BUILDKIT_PROGRESS: 'plain' }
}

/** Images of before, and what an engine without BuildKit keeps of the first stage. Those in use stay. */
async function removeOutdated(engine: Engine, current: string): Promise<void> {
  const listed = await engineRun(engine, [
    'images',
    '--filter',
    `label=${OURS}`,
    '--format',
    '{{.ID}} {{.Repository}}:{{.Tag}}',
  ])
  for (const line of listed.stdout.split('\n').filter(Boolean)) {
    const [id = '', name = ''] = line.split(' ')
    if (!name.endsWith(current)) await engineRun(engine, ['rmi', name.includes('<none>') ? id : name])
  }
}
