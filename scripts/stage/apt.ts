/** The one place where packages are installed in a rootfs. */
import { createInterface } from 'node:readline'
import type { ProcessPromise } from 'zx'
import { runApt } from '../lib/apt-run.ts'
import type { Mirrors } from '../lib/mirrors.ts'
import { aptLines, aptNetwork } from '../lib/network.ts'
import { DownloadError, patiently } from '../lib/patience.ts'
import { type AptProgress, aptProgress } from './apt-progress.ts'
import type { Command, Context } from './context.ts'

/** In the scaffold of a rootfs: every apt sees it while we build, mmdebstrap's too, and it is in no layer. */
export const APT_CONFIG = 'etc/apt/apt.conf.d/00rootsmith'

/** For the build only: the rootfs ships with Debian's own settings. */
export function aptConfig(arch: string, mirrors?: Mirrors): string {
  return `// A native apt is compiled for the build machine's.
APT::Architecture "${arch}";
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "true";
// root in a user namespace may not become _apt everywhere
APT::Sandbox::User "root";
${aptLines([...aptNetwork({ rotates: mirrors?.rotates ?? false }), ...(mirrors?.options ?? [])])}Acquire::Languages "none";
Acquire::GzipIndexes "true";
// What it made of the lists stays beside the packages: in no layer, and the next stage need not read the lists again.
Dir::Cache::srcpkgcache "archives/srcpkgcache.bin";
// The same with what is installed, which each run changes.
Dir::Cache::pkgcache "";
DPkg::Use-Pty "false";
Dpkg::Progress-Fancy "false";
`
}

/** Sorts behind those of packages. */
export const APT_LAST_CONFIG = 'etc/apt/apt.conf.d/99rootsmith'

/**
 * No package is preconfigured (dpkg-preconfigure(8)): nobody is asked anything, its maintainer scripts answer all the
 * same when it is configured, and reading the templates out of all packages took a tenth of a rootfs's time.
 */
export const aptLastConfig = '#clear DPkg::Pre-Install-Pkgs;\n'

export const DPKG_CONFIG = 'etc/dpkg/dpkg.cfg.d/00rootsmith'

/** An interrupted layer is thrown away: nothing to protect from a crash. Nobody is there to be asked about a conffile. */
export const dpkgConfig = 'force-unsafe-io\nforce-confdef\nforce-confold\n'

type AptOptions = {
  /** Is called with how far it is. */
  report: (progress: AptProgress) => void
  warn: (message: string) => void
  mirrors?: Mirrors | undefined
}

/** The lists are those of the bootstrap, so that all stages see one state of the archive; when that is gone, we take the new one. */
const OUTDATED =
  /^E: Failed to fetch \S+\s+404|Unable to locate package|has no installation candidate|but it is not installable/m

export function aptOf(chroot: Command, { report, warn, mirrors }: AptOptions): Context['apt'] {
  const run = (flag: string, packages: readonly string[]): ProcessPromise => {
    const take = aptProgress()
    const process = chroot`apt-get install --yes ${flag} ${packages}`
    createInterface({ input: process.stdout }).on('line', line => {
      const progress = take(line)
      if (progress) report(progress)
    })
    return process
  }
  const install = async (packages: readonly string[], recommends: boolean) => {
    const flag = recommends ? '--install-recommends' : '--no-install-recommends'
    let refresh = false
    let refreshed = false
    await patiently(async () => {
      for (;;) {
        try {
          // An option, not --error-on=any: apt before 2.1 passes over it.
          if (refresh) await runApt(chroot`apt-get update -o APT::Update::Error-Mode=any`, mirrors)
          refreshed ||= refresh
          refresh = false
          await runApt(run(flag, packages), mirrors)
          return
        } catch (error) {
          const said = error instanceof DownloadError ? error.output : (error as { stdall?: string }).stdall
          if (refresh || refreshed || !OUTDATED.test(said ?? '')) throw error
          refresh = true
        }
      }
    }, warn)
  }
  return {
    install: async (packages, options) => {
      if (packages.length) await install(packages, options?.recommends ?? false)
    },
    remove: async packages => {
      if (packages.length) await chroot`apt-get purge --yes --autoremove ${packages}`
    },
    preseed: async lines => {
      await chroot`debconf-set-selections <<< ${lines}`
    },
  }
}
