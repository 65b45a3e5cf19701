/** List P, a well-known set of packages: as this machine's own architecture, as others accelerated, and emulated. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { Arch, DebianSource } from '../config/schema.ts'
import { hostArch } from '../sandbox/arch.ts'
import type { Bench, Choice } from './bench.ts'
import { build, rootfsOnly, whole } from './build.ts'

export type Suite = DebianSource['suite']

export const COMPONENTS = ['main', 'non-free-firmware'] as const
export const KERNELS: Record<Arch, string> = {
  amd64: 'linux-image-amd64',
  arm64: 'linux-image-arm64',
  armhf: 'linux-image-armmp',
}

/** What the figures of the README are about; initramfs-tools, as trixie's kernels only recommend it. */
export const listP = (arch: Arch): string[] => [
  KERNELS[arch],
  'raspi-firmware',
  'systemd-sysv',
  'udev',
  'openssh-server',
  'cloud-init',
  'initramfs-tools',
]

/** The architectures that are foreign here, the one people build most first. */
export const foreignArches = (): Arch[] => (['arm64', 'armhf', 'amd64'] as const).filter(arch => arch !== hostArch())

/** Name of the folder of a build's results; one that a comparison reads, too. */
export const listOut = (suite: Suite, arch: Arch, emulate = false): string =>
  `list-${suite}-${arch}${emulate ? '-emulated' : ''}`

type ListPlace = { work: string; choice: Pick<Choice, 'mirror'> }

/** Writes the config of list P. @returns its path. */
export function listConfig({ work, choice: { mirror } }: ListPlace, suite: Suite, arch: Arch): string {
  const name = listOut(suite, arch)
  const file = join(work, 'list', `${name}.yaml`)
  // Once: outside of git the time stamps of the results come from it.
  if (existsSync(file)) return file
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    stringify({
      name,
      // No step of ours adds a package, and mkinitramfs runs as often as the packages ask for it.
      target: 'generic',
      arch,
      from: { debian: { suite, components: [...COMPONENTS], mirrors: mirror ? [mirror] : [] } },
      system: { ssh: false },
      packages: listP(arch),
      outputs: ['rootfs'],
    }),
  )
  return file
}

/** Of each architecture: on a machine that others use, too, runs of one build were up to 28 % apart (.github/bench.json). */
const ROUNDS = 3

export async function measureList(bench: Bench): Promise<void> {
  for (const suite of bench.choice.suites) {
    const lists = [hostArch(), ...foreignArches()].map(arch => nativeList(bench, suite, arch))
    const filled: typeof lists = []
    // Fetches the packages (and the native tree of the suite), so that the network is no part of the ratios.
    for (const list of lists) {
      const id = `${list.id}/downloads`
      if (await bench.measure(id, `${list.what}, with downloads`, async () => whole(await list.run())))
        filled.push(list)
    }
    const fresh = filled.map(({ id, what, run }) => ({ id, what, how: async () => rootfsOnly(await run('--fresh')) }))
    await bench.measureInTurn(ROUNDS, fresh)
    const [foreign] = foreignArches()
    if (foreign && bench.choice.emulated) await measureEmulated(bench, suite, foreign)
  }
}

/** The quickest way this machine has: its own programs where it is its own architecture, else native twins. */
function nativeList(bench: Bench, suite: Suite, arch: Arch) {
  const config = listConfig(bench, suite, arch)
  return {
    id: `list/${suite}/${arch}`,
    what: `list P, ${suite}, ${arch}: ${arch === hostArch() ? 'native' : 'accelerated'}`,
    run: (...args: string[]) => build(bench, config, listOut(suite, arch), args),
  }
}

/** Ten minutes and more: without a run before it. What it needs was fetched by the accelerated build. */
export async function measureEmulated(bench: Bench, suite: Suite, arch: Arch): Promise<void> {
  if (arch === hostArch()) return
  const config = listConfig(bench, suite, arch)
  await bench.measure(`list/${suite}/${arch}/emulated`, `list P, ${suite}, ${arch}: emulated`, async () =>
    rootfsOnly(await build(bench, config, listOut(suite, arch, true), ['--fresh', '--emulate'])),
  )
}

export async function measureArmhf(bench: Bench): Promise<void> {
  for (const suite of bench.choice.suites) await measureEmulated(bench, suite, 'armhf')
}
