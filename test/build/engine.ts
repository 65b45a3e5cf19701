/** A container engine for the tests: the machine's own, or one that is started for them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let daemon: ChildProcess | undefined
let folder = ''

const answers = (env: NodeJS.ProcessEnv): boolean => Bun.spawnSync(['docker', 'info'], { env }).exitCode === 0

/** @returns the variables by which it is reached. */
export async function startEngine(): Promise<Record<string, string>> {
  if (answers(process.env)) return {}
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-engine-'))
  const socket = `unix://${folder}/sock`
  mkdirSync(join(folder, 'data'))
  const words = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--host', socket]
  const log = openSync(join(folder, 'log'), 'w')
  // In a mount namespace of its own: what it mounts goes with it, and its folder can be removed.
  const ownMounts = ['--mount', '--propagation', 'private', 'dockerd']
  daemon = spawn('unshare', [...ownMounts, ...words, '--pidfile', join(folder, 'pid')], { stdio: ['ignore', log, log] })
  for (let tries = 0; tries < 150; tries++) {
    if (answers({ ...process.env, DOCKER_HOST: socket })) return { DOCKER_HOST: socket }
    if (daemon.exitCode !== null) break
    await Bun.sleep(200)
  }
  throw new Error(`dockerd does not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-3000)}`)
}

export async function stopEngine(): Promise<void> {
  if (!daemon) return
  const gone = new Promise(resolve => daemon?.once('exit', resolve))
  daemon.kill('SIGTERM')
  await gone
  // Its containerd ends a moment later.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
}
