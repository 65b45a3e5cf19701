/** Plain mmdebstrap: the bound for a rootfs of this machine's own architecture. */
import { join } from 'node:path'
import { basePackages } from '../../stages/10-system/10-install-base.ts'
import type { Config } from '../config/schema.ts'
import { hostArch } from '../sandbox/arch.ts'
import { COMPONENTS, KERNELS, type Suite } from './list.ts'
import { runInSandbox } from './sandboxed.ts'

/**
 * As its manual has it, with the machine's own version: no cache, no options that make it quicker.
 * @param folder where the rootfs is left. @param mirror undefined: those it knows. @returns seconds, downloads among them.
 */
export function plainMmdebstrap(folder: string, suite: Suite, packages: string[], mirror?: string): Promise<number> {
  const options = [
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--components=${COMPONENTS.join(',')}`,
    `--include=${[...new Set(packages)].join(',')}`,
    // Device nodes are nobody's in a user namespace.
    '--skip=output/dev',
  ]
  const sources = mirror ? [`deb ${mirror} ${suite} ${COMPONENTS.join(' ')}`] : []
  const inside = 'mount -t proc proc /proc && exec mmdebstrap "$@"'
  return runInSandbox(['sh', '-c', inside, 'mmdebstrap', ...options, suite, join(folder, 'rootfs'), ...sources])
}

/** What the stages install for a Pi, with this machine's kernel: 10-system, 20-kernel, 30-network, 50-cloud-init, 40-packages. */
export const piPackages = (config: Config): string[] => [
  ...basePackages(config),
  ...[KERNELS[hostArch()], 'raspi-firmware', 'initramfs-tools', 'zstd', 'systemd-resolved', 'cloud-init'],
  ...config.packages,
]
