/** zx as the rest of Rootsmith uses it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { $ } from 'zx'

/**
 * With a socket for stdin and no shell above it (SHLVL, as in a service, a container or a CI job) bash takes itself for one
 * that sshd started, and reads ~/.bashrc: bash(1), "Invocation". That is nobody's business here, and costs what it does
 * for each command.
 */
const withoutRc = (command: string, _args: readonly string[], options: SpawnOptions): ChildProcess =>
  spawn('bash', ['--norc', '-c', command], { ...options, shell: false })
$.spawn = withoutRc as typeof spawn

export { $ }
