/**
 * A path as people type it on Windows, in WSL and on others, as this machine names it. Under WSL `C:\x` is `/mnt/c/x`,
 * under MSYS `/c/x`. Where backslashes and colons are letters like any other (Linux, macOS), nothing is changed.
 */
import { UsageError } from './errors.ts'
import type { Host } from './host.ts'

export type HostPaths = {
  host: Host
  /** WSL: the folder in which drives are mounted, with a slash at its end. */
  mounts: string
  /** WSL: the name of this distribution, where it is known. */
  distribution?: string | undefined
}

/** Without an /etc/wsl.conf that says otherwise. */
export const DEFAULT_MOUNTS = '/mnt/'

/**
 * Where WSL mounts drives, from the text of /etc/wsl.conf: `root` in its section `[automount]`.
 * @returns an absolute folder with a slash at its end.
 */
export function mountsOf(wslConf: string): string {
  let section = ''
  let root = DEFAULT_MOUNTS
  for (const line of wslConf.split(/\r?\n/)) {
    section = /^\s*\[\s*(\w+)\s*\]/.exec(line)?.[1]?.toLowerCase() ?? section
    const value = /^\s*root\s*=\s*"?([^"#]*?)"?\s*(#.*)?$/i.exec(line)?.[1]
    if (section === 'automount' && value?.startsWith('/')) root = value
  }
  return root.endsWith('/') ? root : `${root}/`
}

/** Whether a path of WSL lies on a drive of Windows: `/mnt/c/x`, but not `/mnt/data`. */
export const onWindowsDrive = (path: string, mounts: string): boolean =>
  path.startsWith(mounts) && /^[a-z](\/|$)/.test(path.slice(mounts.length))

/** A share of WSL: `\\wsl$\Debian\home\me`, or with `wsl.localhost`, is `/home/me` in Debian. */
export function wslShare(path: string): { distribution: string; path: string } | undefined {
  const slashed = path.replaceAll('\\', '/').replace(/^\/\/\?\/UNC\//i, '//')
  const [, distribution, rest = ''] = /^\/\/wsl(?:\$|\.localhost)\/([^/]+)(\/.*)?$/i.exec(slashed) ?? []
  return distribution === undefined ? undefined : { distribution, path: tidy(rest) || '/' }
}

/**
 * @param typed a word of the command line or the value of a variable; may be relative.
 * @returns the same file for this machine; relative stays relative.
 * @throws UsageError for paths that no name of this machine stands for: on network shares, and those whose drive or
 *   folder is only known to the shell (`C:x`, `\x`).
 */
export function hostPath(typed: string, { host, mounts, distribution }: HostPaths): string {
  if (host === 'linux' || host === 'macos') return typed
  const word = unquoted(typed)
  // `\\?\C:\x` is what programs that allow long paths print: "Maximum Path Length Limitation" in Microsoft's documentation.
  const path = word.replaceAll('\\', '/').replace(/^\/\/\?\/(?=[a-z]:)/i, '')
  if (path.startsWith('//')) throw onNetwork(word, path, host, distribution)
  const [, letter, rest = ''] = /^([a-z]):(.*)$/i.exec(path) ?? []
  if (letter === undefined) {
    // A name of Linux's own (or of MSYS's), in which a backslash is a letter.
    if (host === 'windows' || word.startsWith('/')) return word
    if (word.startsWith('\\')) throw withoutDrive(word, path)
    return path
  }
  if (rest !== '' && !rest.startsWith('/')) throw driveRelative(word, letter, rest)
  if (host === 'windows') return `${letter.toUpperCase()}:${tidy(rest).replaceAll('/', '\\') || '\\'}`
  return `${host === 'msys' ? '/' : mounts}${letter.toLowerCase()}${tidy(rest)}`
}

/**
 * `/c/x`, as MSYS writes it, the way Windows does: `C:\x`. Its other folders (`/home`, `/usr`) lie where it was installed.
 * @returns undefined for those.
 */
export function windowsPath(path: string): string | undefined {
  const [, letter, rest = ''] = /^\/([a-z])(\/.*)?$/i.exec(path) ?? /^([a-z]):([\\/].*)?$/i.exec(path) ?? []
  if (letter === undefined) return undefined
  return `${letter.toUpperCase()}:${tidy(rest.replaceAll('\\', '/')).replaceAll('/', '\\') || '\\'}`
}

/** Without doubled slashes, and without one at the end. */
const tidy = (rest: string): string => rest.replace(/\/+/g, '/').replace(/\/$/, '')

/**
 * cmd takes `\"` for a quote, so of `"C:\My Files\"` it leaves `C:\My Files"`; and it leaves single quotes alone. No name
 * on Windows has a double quote.
 */
function unquoted(word: string): string {
  const single = /^'([a-z]:.*|\\\\.*)'$/i.exec(word)?.[1]
  return single ?? word.replace(/^"+|"+$/g, '')
}

function onNetwork(word: string, path: string, host: Host, own: string | undefined): UsageError {
  const message = `${word} is a network path, and those cannot be used`
  const share = wslShare(path)
  if (share) {
    const isHere = host === 'wsl' && share.distribution.toLowerCase() === own?.toLowerCase()
    return new UsageError(
      message,
      isHere
        ? `in this distribution it is ${share.path}`
        : `in the distribution ${share.distribution} it is ${share.path}: run this in there (\`wsl -d ${share.distribution}\`)`,
    )
  }
  const single = path.replace(/^\/+/, '/')
  // A doubled slash by mistake, where paths begin with one.
  const slip = host !== 'windows' && !word.includes('\\') ? `; if no server is meant, write ${single}` : ''
  return new UsageError(message, `copy it to a local disk, or give the share a folder of its own by mounting it${slip}`)
}

function driveRelative(word: string, letter: string, rest: string): UsageError {
  const drive = letter.toUpperCase()
  return new UsageError(
    `${word} is a path from wherever drive ${drive} stands, which only the shell knows`,
    `write it whole: ${drive}:\\${rest.replaceAll('/', '\\')}`,
  )
}

function withoutDrive(word: string, path: string): UsageError {
  return new UsageError(
    `${word} does not say on which drive`,
    `write C:${path.replaceAll('/', '\\')}, or ${path} for Linux`,
  )
}
