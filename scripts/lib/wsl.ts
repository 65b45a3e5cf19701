/** Which distribution of WSL to build in, and what to ask wsl.exe for. Pure; rerun.ts asks it. */
import { EXIT, UsageError, UserError } from './errors.ts'
import { windowsPath, wslShare } from './host-path.ts'
import { nearest } from './nearest.ts'

export type Distribution = { name: string; isDefault: boolean; state: string; version: 1 | 2 }

/** Virtual machines of container engines: without the tools, and sometimes without a shell. */
const ENGINES = /^(docker-desktop(-data)?|rancher-desktop(-data)?|podman-.*)$/i
/** States in which nothing can be run; wsl.exe translates them, and then the run itself says what is wrong. */
const BUSY = /^(installing|uninstalling|converting)$/i

/** wsl.exe writes UTF-16LE; from 0.64.0 on, when WSL_UTF8=1 is set, UTF-8: microsoft/WSL issue 4607. */
export function decodeWsl(output: Uint8Array): string {
  const isWide = (output[0] === 0xff && output[1] === 0xfe) || output.subarray(0, 64).includes(0)
  return new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(output)
}

/**
 * @param output of `wsl.exe --list --verbose`: a heading, then `* Debian    Running         2`.
 * @returns nothing where there are none, or where wsl.exe printed something else: how to use or to install it.
 */
export function parseDistributions(output: Uint8Array): Distribution[] {
  return decodeWsl(output)
    .split(/\r?\n/)
    .flatMap(line => {
      // Two spaces or more end a name, which may have single ones. The heading is translated; only its end is no version.
      const [, mark, name, state = '', version] = /^\s*(\*)?\s*(\S.*?)\s{2,}(\S.*?)\s+([12])\s*$/.exec(line) ?? []
      return name === undefined ? [] : [{ name, isDefault: mark === '*', state, version: version === '1' ? 1 : 2 }]
    })
}

const INSTALL = 'in PowerShell: wsl --install -d Debian'
const noWay = (message: string, hint: string): UserError => new UserError(message, { hint, exitCode: EXIT.noStrategy })

/**
 * The one asked for; else the default, a Debian, an Ubuntu, any other.
 * @throws UsageError when the one asked for is not there, UserError (exit code 3) when nothing can be built in what is.
 */
export function chooseDistribution(all: readonly Distribution[], asked?: string): Distribution {
  if (asked) return askedFor(all, asked)
  const distributions = all.filter(({ name }) => !ENGINES.test(name))
  const usable = distributions.filter(({ version, state }) => version === 2 && !BUSY.test(state))
  const chosen =
    usable.find(({ isDefault }) => isDefault) ??
    usable.find(({ name }) => /^debian/i.test(name)) ??
    usable.find(({ name }) => /^ubuntu/i.test(name)) ??
    usable[0]
  if (chosen) return chosen
  const old = distributions.find(({ version }) => version === 1)
  if (old) throw tooOld(old)
  const [busy] = distributions
  if (busy) throw noWay(`the distribution ${busy.name} is not ready: ${busy.state}`, 'try again when it is')
  throw noWay(
    all.length > 0 ? 'WSL has only the virtual machines of container engines' : 'WSL has no distribution to build in',
    INSTALL,
  )
}

function askedFor(all: readonly Distribution[], asked: string): Distribution {
  // As wsl.exe does: names that differ in case only cannot both be there.
  const found = all.find(({ name }) => name.toLowerCase() === asked.toLowerCase())
  if (!found) {
    const names = all.map(({ name }) => name).filter(name => !ENGINES.test(name))
    const meant = nearest(asked, names)
    const there = names.length > 0 ? `there are: ${names.join(', ')}` : INSTALL
    throw new UsageError(`WSL has no distribution ${asked}`, `${meant ? `did you mean ${meant}? ` : ''}${there}`)
  }
  if (ENGINES.test(found.name))
    throw noWay(`${found.name} belongs to a container engine, nothing can be built in it`, INSTALL)
  if (found.version === 1) throw tooOld(found)
  if (BUSY.test(found.state)) throw noWay(`${found.name} is not ready: ${found.state}`, 'try again when it is')
  return found
}

const tooOld = ({ name }: Distribution): UserError =>
  noWay(
    `${name} is of WSL 1, which has no kernel of its own`,
    `in PowerShell: wsl --set-version ${/\s/.test(name) ? `"${name}"` : name} 2`,
  )

/**
 * Runs the words with a Bun for Linux. The one in node_modules is Windows' own when `npm ci` ran there, and it would start
 * us on Windows again, so each is asked. Constant: the words arrive as arguments.
 */
const START = `for bun in node_modules/.bin/bun "$(command -v bun)" "$HOME/.bun/bin/bun"; do
  [ "$("$bun" -p process.platform 2> /dev/null)" = linux ] && exec "$bun" "$@"
done
echo '✖ there is no Bun for Linux in this distribution' >&2
echo '  hint clone Rootsmith into its home folder and run \`npm ci\` there; or, in it: npm install --global bun' >&2
exit 3`

export type Call = {
  distribution: string
  /** Rootsmith's own folder, as Windows names it. */
  home: string
  /** The verb's script, from that folder. */
  script: string
  words: readonly string[]
}

/** What to give wsl.exe. `--exec`, since a shell behind `--` would drop backslashes: microsoft/WSL issue 11635. */
export function wslArguments({ distribution, home, script, words }: Call): string[] {
  const share = wslShare(home)
  const isOwn = share?.distribution.toLowerCase() === distribution.toLowerCase()
  const start = ['--exec', 'sh', '-c', START, 'sh', script.replaceAll('\\', '/'), ...words]
  return ['--distribution', distribution, '--cd', isOwn && share ? share.path : home, ...start]
}

/** Variables that a build reads. Those of a config's `!ENV` the user names in WSLENV. */
const PASSED = /^(ROOTSMITH_(?!WSL_DISTRO$|CWD$)\w+|SOURCE_DATE_EPOCH|CONTAINER_ENGINE|NO_COLOR|FORCE_COLOR|CI|DEBUG)$/

/**
 * The environment for wsl.exe, whose WSLENV names what goes across: "Share environment variables between Windows and WSL"
 * in Microsoft's documentation. Values go as they are; paths.ts gives paths their names in WSL.
 */
export function wslEnvironment(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const { ROOTSMITH_CWD: typed, ROOTSMITH_HOST: _, ...rest } = env
  // just under MSYS says `/c/x`; a share of a distribution is a folder of it.
  const folder = typed && (wslShare(typed)?.path ?? windowsPath(typed))
  const names = Object.keys(rest).filter(name => PASSED.test(name))
  if (folder) names.push('ROOTSMITH_CWD')
  const shared = [...(env.WSLENV ?? '').split(':').filter(Boolean), ...names].join(':')
  return { ...rest, ...(folder ? { ROOTSMITH_CWD: folder } : {}), WSLENV: shared }
}
