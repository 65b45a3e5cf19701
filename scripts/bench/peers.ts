/** What others take for the same: plain mmdebstrap as the bound, and image builders that this machine has. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'
import { FOREIGN, hostArch } from '../sandbox/arch.ts'

import { wipe } from '../strategy/wipe.ts'
import type { Bench, Choice } from './bench.ts'
import { run } from './child.ts'
import { COMPONENTS, foreignArches, listP, type Suite } from './list.ts'
import { plainMmdebstrap } from './mmdebstrap.ts'

type Peer = {
  id: string
  name: string
  /** Why it can't run here, or undefined when it can. */
  unusable(): Promise<string | undefined>
  /** @param folder an empty one. @returns seconds. */
  run(folder: string): Promise<number>
}

export async function measurePeers(bench: Bench): Promise<void> {
  for (const { id, name, unusable, run } of peers(bench.choice)) {
    const reason = await unusable()
    if (reason) {
      bench.leaveOut(id, name, reason)
      continue
    }
    const folder = join(bench.work, 'peer')
    mkdirSync(folder, { recursive: true })
    await bench.measure(id, name, async () => ({ seconds: await run(folder) }))
    await wipe(folder)
  }
}

function peers({ suites, mirror }: Choice): Peer[] {
  const [foreign = 'arm64'] = foreignArches()
  return suites.flatMap(suite => [mmdebstrap(suite, mirror), vmdb2(suite, foreign), mkosi(suite, foreign)])
}

function mmdebstrap(suite: Suite, mirror: string | undefined): Peer {
  return {
    id: `peers/mmdebstrap/${suite}`,
    name: `plain mmdebstrap, ${hostArch()}, list P, ${suite}, with downloads`,
    unusable: async () => (Bun.which('mmdebstrap') ? undefined : 'mmdebstrap is not installed'),
    run: folder => plainMmdebstrap(folder, suite, listP(hostArch()), mirror),
  }
}

/** Needs the machine's own binfmt handlers; ours live in a sandbox. */
const noHandler = (arch: keyof typeof FOREIGN): string | undefined =>
  existsSync(`/proc/sys/fs/binfmt_misc/${FOREIGN[arch].qemu}`)
    ? undefined
    : `this machine has no handler for programs of ${arch}`

function vmdb2(suite: Suite, arch: keyof typeof FOREIGN): Peer {
  return {
    id: `peers/vmdb2/${suite}`,
    name: `vmdb2, ${arch}, list P, ${suite}`,
    async unusable() {
      if (!Bun.which('vmdb2')) return 'vmdb2 is not installed'
      if (process.getuid?.() !== 0) return 'vmdb2 has to be root'
      if (!existsSync('/dev/loop-control')) return 'vmdb2 needs loop devices, and there are none'
      return noHandler(arch)
    },
    async run(folder) {
      const [device, target] = ['{{ output }}', { target: '/' }]
      const steps = [
        { mkimg: device, size: '4G' },
        { mklabel: 'msdos', device },
        { mkpart: 'primary', device, start: '1M', end: '100%', tag: '/' },
        { kpartx: device },
        { mkfs: 'ext4', partition: '/' },
        { mount: '/' },
        { 'qemu-debootstrap': suite, arch, components: [...COMPONENTS], variant: 'minbase', ...target },
        { apt: 'install', packages: listP(arch), tag: '/' },
      ]
      writeFileSync(join(folder, 'spec.yaml'), stringify({ steps }))
      return succeed(['vmdb2', '--output', join(folder, 'image'), join(folder, 'spec.yaml')])
    },
  }
}

/** Before 25 it neither builds in a user's namespace nor knows these options. */
const MKOSI_LEAST = 25

function mkosi(suite: Suite, arch: keyof typeof FOREIGN): Peer {
  return {
    id: `peers/mkosi/${suite}`,
    name: `mkosi, ${arch}, list P, ${suite}`,
    async unusable() {
      if (!Bun.which('mkosi')) return 'mkosi is not installed'
      const asked = await $({ quiet: true, nothrow: true })`mkosi --version`
      const version = /\d+/.exec(asked.stdout)?.[0]
      if (!(Number(version) >= MKOSI_LEAST)) return `mkosi ${version ?? ''} is older than ${MKOSI_LEAST}`
      return noHandler(arch)
    },
    run(folder) {
      const where = ['--directory', folder, '--output-directory', folder, '--cache-directory', folder]
      const what = ['--distribution=debian', `--release=${suite}`, `--repositories=${COMPONENTS.join(',')}`]
      const how = [`--architecture=${arch === 'armhf' ? 'arm' : arch}`, '--format=directory', '--bootable=no']
      return succeed(['mkosi', ...where, ...what, ...how, `--package=${listP(arch).join(',')}`, 'build'])
    },
  }
}

/** @returns seconds. */
async function succeed(command: string[]): Promise<number> {
  const { code, stderr, seconds } = await run(command)
  if (code !== 0) throw new UserError(`${command[0]}: ${stderr.trim().split('\n').at(-1)}`)
  return seconds
}
