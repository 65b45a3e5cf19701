/** The handler's tables (handler.c): twins/ holds a link or a patched copy for each native program, scripts/ what interpreters run. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { $ } from '../lib/bash.ts'
import { FOREIGN, LOADERS } from './arch.ts'
import { TWINS } from './twins.ts'

/**
 * @param folder where the tables are made. @param native the native tree. @param seen where the rootfs sees it.
 * @returns whether dpkg is native, too: its patched copy answers with the name of `arch`.
 */
export async function makeTwins(
  folder: string,
  native: string,
  seen: string,
  { host, arch }: { host: Arch; arch: Arch },
): Promise<boolean> {
  const add = (path: string): void => {
    const twin = join(folder, 'twins', path)
    if (existsSync(twin) || !isElf(join(native, path))) return
    mkdirSync(dirname(twin), { recursive: true })
    symlinkSync(join(seen, path), twin)
  }
  const patched: string[] = []
  for (const group of TWINS) {
    const never = new Set([...(group.never ?? []), ...(group.patched ?? [])])
    const owned = (group.packages ?? []).flatMap(name => programsOf(native, name))
    for (const path of [...owned, ...(group.paths ?? [])]) if (!never.has(path)) add(path)
    patched.push(...(group.patched ?? []).filter(path => addPatched(folder, native, path, { host, arch })))
    for (const task of group.only ?? []) mark(folder, task)
    for (const path of group.only ? (group.paths ?? []) : []) mark(folder, path)
  }
  const right = (await architectureSaid(join(folder, 'twins/usr/bin/dpkg'), native, host)) === arch
  if (!right) for (const path of patched) rmSync(join(folder, 'twins', path))
  return right
}

/** @returns Debian package → paths of its programs that have twins. */
export function twinsByPackage(folder: string, native: string): Map<string, string[]> {
  const twins = new Set(
    readdirSync(join(folder, 'twins'), { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => join(entry.parentPath, entry.name).slice(join(folder, 'twins').length)),
  )
  const owned = new Map<string, string[]>()
  for (const list of readdirSync(join(native, 'var/lib/dpkg/info')).filter(name => name.endsWith('.list'))) {
    const paths = filesOf(native, list).filter(path => twins.has(path))
    // libc-bin.list, but libc6:amd64.list
    if (paths.length) owned.set(list.replace(/(:\w+)?\.list$/, ''), paths)
  }
  return owned
}

/** Takes out the twins of packages, which are then emulated. */
export function dropTwins(folder: string, native: string, packages: readonly string[]): void {
  const owned = twinsByPackage(folder, native)
  for (const path of packages.flatMap(name => owned.get(name) ?? [])) rmSync(join(folder, 'twins', path))
}

function mark(folder: string, path: string): void {
  mkdirSync(dirname(join(folder, 'scripts', path)), { recursive: true })
  writeFileSync(join(folder, 'scripts', path), '')
}

/** A copy in which the architecture's name is another one of the same length. @returns whether there is one. */
function addPatched(folder: string, native: string, path: string, { host, arch }: { host: Arch; arch: Arch }): boolean {
  if (host.length !== arch.length || !isElf(join(native, path))) return false
  const bytes = readFileSync(join(native, path))
  const from = Buffer.from(`\0${host}\0`)
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(`\0${arch}\0`, at, 'latin1')
  const twin = join(folder, 'twins', path)
  mkdirSync(dirname(twin), { recursive: true })
  writeFileSync(twin, bytes, { mode: 0o755 })
  return true
}

async function architectureSaid(dpkg: string, native: string, host: Arch): Promise<string> {
  if (!existsSync(dpkg)) return ''
  const libraries = join(native, 'usr/lib', FOREIGN[host].triplet)
  const loader = join(libraries, LOADERS[host])
  const run = $({ nothrow: true, quiet: true })
  return (await run`${loader} --inhibit-cache --library-path ${libraries} ${dpkg} --print-architecture`).stdout.trim()
}

const programsOf = (native: string, name: string): string[] =>
  filesOf(native, `${name}.list`).filter(path => /^\/usr\/s?bin\/./.test(path))

/** @param list a file of dpkg's database that names what a package has. */
function filesOf(native: string, list: string): string[] {
  const file = join(native, 'var/lib/dpkg/info', list)
  const paths = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  // With usrmerge /bin is a link: bookworm's packages still list /bin/sed.
  return paths.map(path => path.replace(/^\/(s?bin|lib)\//, '/usr/$1/'))
}

function isElf(path: string): boolean {
  try {
    const real = realpathSync(path)
    return lstatSync(path).isFile() && readFileSync(real).subarray(0, 4).toString('latin1') === '\x7fELF'
  } catch {
    return false
  }
}
