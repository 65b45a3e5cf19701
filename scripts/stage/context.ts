/** What a step can do. Everything it reads through here is recorded in the layer's trace (plan/trace.ts). */
import type { ProcessPromise } from 'zx'
import type { Config } from '../config/schema.ts'
import type { Mirrors } from '../lib/mirrors.ts'

/** A tagged template that runs a command line: values are quoted, a non-zero status throws. */
export type Command = (pieces: TemplateStringsArray, ...args: unknown[]) => ProcessPromise

export type FileOptions = {
  /** Octal permission bits or a chmod(1) mode; default 0644. */
  mode?: number | string
  /** `user` or `user:group` of the rootfs; default root:root. */
  owner?: string
}

export type Context = {
  /** The typed configuration; every value read is recorded. */
  config: Config
  /** The rootfs as a path of the runner: for reading and writing files directly with node's fs. */
  rootfs: string
  /** A scratch folder, as a path of the runner; /work for `tools`. */
  work: string
  /** The config's folder: relative sources start here. */
  configDir: string
  /** Rootsmith's cache: for what is downloaded (source/fetch.ts). */
  cache: string
  /** Debian version of what is built. */
  version: string
  /** Seconds since the epoch that every time stamp is made from. */
  sourceDateEpoch: number
  /** Runs a command inside the rootfs, as root, by bash: `` await chroot`locale-gen` ``. */
  chroot: Command
  /** Runs a command with Rootsmith's own tools (mke2fs, dpkg-deb …); the rootfs is at /rootfs, a scratch folder at /work. */
  tools: Command
  /** Runs a command on the build side, in the sandbox: what a stage's own scripts need. Prefer `chroot` and `tools`. */
  $: Command
  /** Where the rootfs's packages come from, where the config says so. */
  mirrors: Mirrors | undefined
  apt: {
    /** Installs packages, without recommended ones unless asked; a `.deb` is named by its path in the rootfs. */
    install(packages: readonly string[], options?: { recommends?: boolean }): Promise<void>
    remove(packages: readonly string[]): Promise<void>
    /** Answers for debconf, one `package question type value` a line. */
    preseed(lines: string): Promise<void>
  }
  /** Renders templates/rootfs/`template` with ejs to the same path in the rootfs, `.ejs` dropped; `to` names another. */
  render(template: string, data?: Record<string, unknown>, options?: FileOptions & { to?: string }): Promise<void>
  /** Copies a file or folder of the build machine (relative to the config file) into the rootfs. */
  copy(source: string, target: string, options?: FileOptions): Promise<void>
  /** Writes a file of the rootfs, folders above it included. */
  write(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void>
  /** Removes files of the rootfs (globs allowed); never follows a link out of it or leaves its file system. */
  remove(...paths: string[]): Promise<void>
  /** Content of a file beside the config, for checking it; recorded. */
  source(path: string): Promise<string>
  /** Notes that a file or folder beside the config is read, by whatever else reads it. */
  noteSource(path: string): void
  log: { info(message: string): void; warn(message: string): void }
  /** Says how far the step is; what `current` and `total` count is bytes, where it says so. */
  progress(message: string, current?: number, total?: number, unit?: 'bytes'): void
}
