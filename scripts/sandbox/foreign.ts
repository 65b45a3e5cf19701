/**
 * How programs of another architecture run inside the sandbox: a handler in the sandbox's own binfmt_misc, and native
 * twins of the programs that a build starts most. Nothing is registered on the host, nothing is left in the rootfs.
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { FOREIGN, hostArch } from './arch.ts'
import { mountBinfmt, register } from './binfmt.ts'
import { PREFIX } from './handler.ts'
import { bind } from './mounts.ts'
import { makePerlFolders } from './perl.ts'
import { dropTwins, makeTwins, twinsByPackage } from './twin-folder.ts'
import { differing } from './versions.ts'

export type Foreign = {
  /** Folders that must exist in the rootfs to be mounted on. */
  scaffold: string[]
  /**
   * Makes the twins visible in a rootfs whose /run is a tmpfs. Twins whose version there is another are taken out first.
   * @returns the names of their packages.
   */
  mountInto(root: string): Promise<string[]>
}

export type HowForeign = {
  arch: Arch
  /** An empty folder for the handler's tables. */
  folder: string
  /** The static emulator. */
  qemu: string
  /** Root of the native tree of the same suite; without one, everything is emulated. */
  native?: string | undefined
  /** Without one, the kernel calls the emulator itself. */
  handler?: string | undefined
  /** Notes in `folder`/profile what each emulated program took. */
  profile: boolean
}

/** Registers how programs of `arch` run, for the life of the sandbox. */
export async function enableForeign({ arch, folder, qemu, native, handler, profile }: HowForeign): Promise<Foreign> {
  await mountBinfmt()
  if (!handler) {
    register(arch, qemu)
    return { scaffold: [], mountInto: async () => [] }
  }
  mkdirSync(join(folder, 'native'), { recursive: true })
  copyFileSync(qemu, join(folder, 'qemu'))
  chmodSync(join(folder, 'qemu'), 0o755)
  if (profile) {
    writeFileSync(join(folder, 'profile'), '')
    // Maintainer scripts start programs as other users, too.
    chmodSync(join(folder, 'profile'), 0o666)
  }
  const host = hostArch()
  const libraries = `usr/lib/${FOREIGN[host].triplet}`
  const seen = join(PREFIX, 'native')
  const whole = native === undefined || (await makeTwins(folder, native, seen, { host, arch }))
  if (native)
    makePerlFolders(join(folder, 'lib'), native, seen, {
      native: FOREIGN[host].triplet,
      foreign: FOREIGN[arch].triplet,
    })
  register(arch, handler)
  return {
    scaffold: native ? [libraries] : [],
    async mountInto(root) {
      mkdirSync(join(root, PREFIX), { recursive: true })
      await bind(folder, join(root, PREFIX), { readOnly: true })
      if (profile) await bind(join(folder, 'profile'), join(root, PREFIX, 'profile'))
      if (!native) return []
      const names = [...twinsByPackage(folder, native).keys()]
      const stale = [...(whole ? [] : ['dpkg']), ...differing(names, root, native)]
      dropTwins(folder, native, stale)
      await bind(native, join(root, seen), { readOnly: true })
      await bind(join(folder, 'lib'), join(root, libraries), { readOnly: true })
      return stale
    },
  }
}
