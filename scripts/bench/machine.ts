/** On what the figures were measured: they mean nothing without it. */
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { $ } from '../lib/bash.ts'
import { layerFiles, listLayers } from '../plan/cache.ts'
import { FOREIGN, hostArch } from '../sandbox/arch.ts'
import { TOOLS_SUITE } from '../sandbox/trees.ts'

import type { Machine } from './report.ts'

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    // What we may use: a container or taskset can leave fewer than there are.
    cores: availableParallelism(),
    memory: totalmem(),
    kernel: release(),
    distribution: distribution(),
    arch: hostArch(),
  }
}

export async function versions(): Promise<Record<string, string>> {
  const mmdebstrap = await firstLine('mmdebstrap', '--version')
  return { bun: Bun.version, ...(mmdebstrap ? { mmdebstrap } : {}) }
}

/** Root of the tree of tools in a cache, once a build made it. */
export function toolsTree(cache: string): string | undefined {
  const layer = listLayers(cache).find(({ stage }) => stage === `tools ${TOOLS_SUITE} ${hostArch()}`)
  return layer && layerFiles(cache, layer.id)
}

/** The versions of what comes from the tree of tools, not from the machine. */
export async function toolVersions(cache: string): Promise<Record<string, string>> {
  const tree = toolsTree(cache)
  const foreign = hostArch() === 'arm64' ? FOREIGN.amd64 : FOREIGN.arm64
  // The emulator is a static program: it runs outside of its tree.
  const qemu = tree && (await firstLine(join(tree, 'usr/bin', foreign.qemu), '--version'))
  return qemu ? { qemu: /\d+(\.\d+)+/.exec(qemu)?.[0] ?? qemu } : {}
}

async function firstLine(...command: string[]): Promise<string | undefined> {
  const ran = await $({ quiet: true, nothrow: true })`${command}`
  return ran.exitCode === 0 ? ran.stdout.split('\n')[0]?.trim() : undefined
}

function distribution(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? process.platform
}
