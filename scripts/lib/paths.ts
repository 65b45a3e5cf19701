/**
 * Where the user stands and where Rootsmith lives. They differ: `just` changes to the justfile's folder before it runs a
 * recipe, so the justfile hands us the folder in which the user typed as ROOTSMITH_CWD. Every path that comes from the
 * command line starts there, and every path that is printed is as short as it can be from there.
 */
import { readFileSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { thisHost } from './host.ts'
import { DEFAULT_MOUNTS, type HostPaths, hostPath, mountsOf } from './host-path.ts'

/** Rootsmith's own folder: the one with stages/, templates/ and config/. */
export const home = resolve(import.meta.dir, '../..')

/** How paths are named here. Under WSL /etc/wsl.conf may have moved the drives. */
export function hostPaths(): HostPaths {
  const host = thisHost()
  if (host !== 'wsl') return { host, mounts: DEFAULT_MOUNTS }
  return { host, mounts: mountsOf(textOf('/etc/wsl.conf')), distribution: process.env.WSL_DISTRO_NAME }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A path that a person typed, on the command line or into a variable, by its name on this machine: `C:\x` is `/mnt/c/x` in WSL. */
export const here = (typed: string): string => hostPath(typed, hostPaths())

/** The folder in which the user typed the command, absolute. @throws UsageError when ROOTSMITH_CWD is a network path. */
export function userFolder(): string {
  const folder = here(process.env.ROOTSMITH_CWD ?? '')
  return folder && isAbsolute(folder) ? folder : process.cwd()
}

/** A path from the command line, made absolute. @throws UsageError when nothing here has that name: host-path.ts. */
export const fromUser = (path: string): string => resolve(userFolder(), here(path))

/** Whether `path` is `folder` or lies in it; both absolute. */
export const inside = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way)
}

/** The folder that holds out/: Rootsmith's own when the user stands in it, else where the user stands. */
export const projectFolder = (): string => (inside(home, userFolder()) ? home : userFolder())

/** The path as the user would type it: relative where that is shorter. */
export function shown(path: string): string {
  if (!isAbsolute(path)) return path
  const short = relative(userFolder(), path) || '.'
  return short.length < path.length ? short : path
}
