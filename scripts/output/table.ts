/** What can be made of a finished rootfs: an entry each, made in this order. */
import type { Config, OutputName } from '../config/schema.ts'
import type { Command } from '../stage/context.ts'

export type OutputContext = {
  config: Config
  /** The finished rootfs, merged and read-only, as a path of the runner. The same folder is /rootfs for `tools`. */
  rootfs: string
  /** Scratch space on the cache's file system, as a path of the runner. /work for `tools`. */
  work: string
  /** Where finished files are put, as a path of the runner; moved to out/<name>/ when all is done. /out for `tools`. */
  out: string
  /** Rootsmith's cache, with what was downloaded (source/fetch.ts). */
  cache: string
  /** The config's folder, as a path of the runner: relative sources start here. */
  configDir: string
  /** Debian version of what is built, from git or the config: `1.2.0+git20260101120000.abc1234`. */
  version: string
  /** File name part: the version on a tag, else `yyyymmdd-branch-hash-dev`. */
  label: string
  sourceDateEpoch: number
  /** Runs a command in the tools tree (Debian trixie: e2fsprogs, mtools, dosfstools, fdisk, xz, zstd, makeself, dpkg, tar …). */
  tools: Command
  log: { info(message: string): void; warn(message: string): void }
  /** @param bytes written so far. */
  progress(message: string, bytes?: number): void
}

export type Output = {
  name: OutputName
  /** Outputs whose files it uses; they are made first, and kept in out/ only when the config names them, too. */
  needs: readonly OutputName[] | ((config: Config) => readonly OutputName[])
  /** Names of the files it will leave in out/, known before the build. */
  files(config: Config, names: { version: string; label: string }): string[]
  make(context: OutputContext): Promise<void>
}
