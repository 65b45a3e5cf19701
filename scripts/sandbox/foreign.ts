/**
 * How programs of another architecture run inside the sandbox: a handler in the sandbox's own binfmt_misc, and native
 * twins of the programs that a build starts most. Nothing is registered on the host, nothing is left in the rootfs.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'zx'
import type { Arch } from '../config/schema.ts'
import { mountBinfmt, register } from './binfmt.ts'
import { bind } from './mounts.ts'
import { makePerlFolders } from './perl.ts'
import { dropTwins, makeTwins } from './twin-folder.ts'
import { FOREIGN, LOADERS, TWINS } from './twins.ts'
import { differing } from './versions.ts'

const run = $({ quiet: true })

/** Where a rootfs sees the handler's folder while it is built: on the tmpfs at /run, so never in the result. */
const PREFIX = '/run/rootsmith'

/** Debian's name for this machine's architecture. */
export function hostArch(): Arch {
  return process.arch === 'arm64' ? 'arm64' : process.arch === 'arm' ? 'armhf' : 'amd64'
}

export type Foreign = {
  /** Folders that must exist in the rootfs to be mounted on. */
  scaffold: string[]
  /**
   * Makes the twins visible in a rootfs whose /run is a tmpfs. Twins whose version there is another are taken out first.
   * @returns the names of their packages.
   */
  mountInto(root: string): Promise<string[]>
}

/**
 * Registers how programs of `arch` run, for the life of the sandbox.
 * @param folder an empty folder for the handler's tables. @param qemu the static emulator.
 * @param native root of the native tree of the same suite, or undefined to emulate everything.
 */
export async function enableForeign(
  arch: Arch,
  folder: string,
  qemu: string,
  native: string | undefined,
  handler: string | undefined,
): Promise<Foreign> {
  await mountBinfmt()
  if (!native || !handler) {
    register(arch, qemu)
    return { scaffold: [], mountInto: async () => [] }
  }
  const host = hostArch()
  const libraries = `usr/lib/${FOREIGN[host].triplet}`
  mkdirSync(join(folder, 'native'), { recursive: true })
  copyFileSync(qemu, join(folder, 'qemu'))
  chmodSync(join(folder, 'qemu'), 0o755)
  const whole = await makeTwins(folder, native, join(PREFIX, 'native'), { host, arch })
  makePerlFolders(join(folder, 'lib'), native, join(PREFIX, 'native'), {
    native: FOREIGN[host].triplet,
    foreign: FOREIGN[arch].triplet,
  })
  register(arch, handler)
  return {
    scaffold: [libraries],
    async mountInto(root) {
      const names = TWINS.flatMap(group => group.packages ?? [])
      const stale = [...(whole ? [] : ['dpkg']), ...differing(names, root, native)]
      dropTwins(folder, native, stale)
      mkdirSync(join(root, PREFIX), { recursive: true })
      await bind(folder, join(root, PREFIX), { readOnly: true })
      await bind(native, join(root, PREFIX, 'native'), { readOnly: true })
      await bind(join(folder, 'lib'), join(root, libraries), { readOnly: true })
      return stale
    },
  }
}

/** Compiles the handler, once for each build machine and architecture. @returns undefined where there is no compiler. */
export async function ensureHandler(cache: string, arch: Arch): Promise<string | undefined> {
  const source = join(import.meta.dir, 'handler.c')
  const host = hostArch()
  const defines = {
    TWINS: `${PREFIX}/twins`,
    SCRIPTS: `${PREFIX}/scripts`,
    LOADER: `${PREFIX}/native/usr/lib/${FOREIGN[host].triplet}/${LOADERS[host]}`,
    LIBRARIES: `${PREFIX}/native/usr/lib/${FOREIGN[host].triplet}:${PREFIX}/native/usr/lib/${FOREIGN[host].triplet}/systemd`,
    QEMU: `${PREFIX}/qemu`,
  }
  const key = Bun.hash(JSON.stringify(defines) + readFileSync(source, 'utf8')).toString(16)
  const handler = join(cache, 'handlers', `${arch}-${key}`)
  if (existsSync(handler)) return handler
  mkdirSync(dirname(handler), { recursive: true })
  const flags = Object.entries(defines).map(([name, value]) => `-D${name}="${value}"`)
  const made = await run({
    nothrow: true,
  })`gcc -static -O2 ${flags} -o ${handler}.new ${source} && mv ${handler}.new ${handler}`
  return made.exitCode === 0 ? handler : undefined
}
