/** The handler's tables (handler.c): twins/ holds a link or a patched copy for each native program, scripts/ what interpreters run. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'zx'
import type { Arch } from '../config/schema.ts'
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

/** Takes out the twins of packages, which are then emulated. */
export function dropTwins(folder: string, native: string, packages: readonly string[]): void {
  for (const path of packages.flatMap(name => programsOf(native, name)))
    rmSync(join(folder, 'twins', path), { force: true })
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

function programsOf(native: string, name: string): string[] {
  const list = join(native, `var/lib/dpkg/info/${name}.list`)
  const paths = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []
  // With usrmerge /bin is a link: bookworm's packages still list /bin/sed.
  return paths.map(path => path.replace(/^\/(s?bin)\//, '/usr/$1/')).filter(path => /^\/usr\/s?bin\/./.test(path))
}

function isElf(path: string): boolean {
  try {
    const real = realpathSync(path)
    return lstatSync(path).isFile() && readFileSync(real).subarray(0, 4).toString('latin1') === '\x7fELF'
  } catch {
    return false
  }
}
