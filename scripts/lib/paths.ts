/**
 * Where the user stands and where Rootsmith lives. They differ: `just` changes to the justfile's folder before it runs a
 * recipe, so the justfile hands us the folder in which the user typed as ROOTSMITH_CWD. Every path that comes from the
 * command line starts there, and every path that is printed is as short as it can be from there.
 */
import { isAbsolute, relative, resolve } from 'node:path'

/** Rootsmith's own folder: the one with stages/, templates/ and config/. */
export const home = resolve(import.meta.dir, '../..')

/** The folder in which the user typed the command, absolute. */
export function userFolder(): string {
  const folder = process.env.ROOTSMITH_CWD
  return folder && isAbsolute(folder) ? folder : process.cwd()
}

/** A path from the command line, made absolute. */
export const fromUser = (path: string): string => resolve(userFolder(), path)

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
