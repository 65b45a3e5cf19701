/** Partition layouts of a BSP. Their names changed between releases, so the first that is there is taken. */
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean } from '../config/suggest.ts'
import { UserError } from '../lib/errors.ts'
import type { BspFacts } from './facts.ts'

const DISKS = 'tools/kernel_flash'

/**
 * As the Quick Start of each release has them: r35 flash_l4t_external.xml with bootloader/t186ref, r36 flash_l4t_t234_nvme.xml
 * with bootloader/generic, r38 flash_l4t_t264_nvme.xml, r39 flash_l4t_nvme.xml for Orin in its board files.
 */
const CANDIDATES = {
  orin: {
    disk: ['flash_l4t_t234_nvme.xml', 'flash_l4t_external.xml', 'flash_l4t_nvme.xml'],
    qspi: ['bootloader/generic/cfg/flash_t234_qspi.xml', 'bootloader/t186ref/cfg/flash_t234_qspi.xml'],
  },
  thor: { disk: ['flash_l4t_t264_nvme.xml', 'flash_l4t_nvme.xml', 'flash_l4t_external.xml'], qspi: [] },
  xavier: {
    disk: ['flash_l4t_external.xml', 'flash_l4t_t194_nvme.xml', 'flash_l4t_nvme.xml'],
    qspi: ['bootloader/t186ref/cfg/flash_l4t_t194_qspi_p3668.xml'],
  },
} as const

/** @param l4t the folder Linux_for_Tegra. @returns those that are there; '' for one that is not. */
export function layoutsOf(l4t: string): BspFacts['layouts'] {
  const first = (paths: readonly string[]): string => paths.find(path => existsSync(join(l4t, path))) ?? ''
  const { orin, thor, xavier } = CANDIDATES
  const both = ({ disk, qspi }: { disk: readonly string[]; qspi: readonly string[] }) => ({
    disk: first(disk.map(name => `${DISKS}/${name}`)),
    qspi: first(qspi),
  })
  return { orin: both(orin), thor: both(thor), xavier: both(xavier) }
}

/** @throws UserError that names the layouts there are. */
export function requireLayout(l4t: string, layout: string): void {
  if (existsSync(join(l4t, layout))) return
  const there = globSync(`${DISKS}/*.xml`, { cwd: l4t }).sort()
  throw new UserError(`jetson.layout: the BSP has no ${layout}`, {
    hint: `${didYouMean(layout, there) ?? ''} it has ${there.join(', ')}`.trimStart(),
  })
}
