/** Mirrors of one archive, in the order in which apt is to ask them: apt-transport-mirror(1). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessPromise } from 'zx'
import { UserError } from './errors.ts'
import { type AptOption, aptLines, aptNetwork } from './network.ts'

/** Where the list is seen by every apt that works on a rootfs; a folder of Mirrors is bound there. Beside the folder of foreign.ts. */
export const MIRRORS_DIR = 'run/rootsmith-mirrors'
const LIST = 'mirrors.list'
const CONFIG = 'probe.conf'
const LOGINS = 'auth.conf'

type Run = (pieces: TemplateStringsArray, ...args: unknown[]) => ProcessPromise

/** So long the others are waited for when one has answered. */
const GRACE_MS = 5000

export class Mirrors {
  /** As configured, without user and password: they would be in command lines, in logs and in the image. */
  readonly uris: readonly string[]
  /** Holds the list. */
  readonly folder: string
  /** What sources name instead of one of them. */
  readonly uri: string
  /** Whether there is one to go to when another fails; with a single one apt is left as it is. */
  readonly rotates: boolean
  /** Whether a mirror wants to know who asks. */
  readonly hasLogins: boolean
  readonly #seenAt: string
  #order: string[]
  #demoted = new Set<string>()
  #probed: Promise<void> | undefined

  /**
   * @param seenAt where the programs that read the list see `folder`.
   * @param snapshot whether the archive is wanted as it once was: then the server says where that is to be had, so it has to be one.
   */
  constructor(uris: readonly string[], folder: string, { seenAt = `/${MIRRORS_DIR}`, snapshot = false } = {}) {
    const split = uris.map(splitLogin)
    this.uris = split.map(({ uri }) => uri)
    this.hasLogins = split.some(({ login }) => login)
    this.folder = folder
    this.#seenAt = seenAt
    this.uri = `mirror+file:${join(seenAt, LIST)}`
    this.rotates = uris.length > 1 && !snapshot
    this.#order = [...this.uris]
    this.#write()
    const logins = split.flatMap(({ login }) => login ?? []).join('')
    if (logins) writeFileSync(join(folder, LOGINS), logins, { mode: 0o600 })
  }

  /** For sources of apt: what stands for all of them, or the one that is to be asked. */
  get source(): string {
    return this.rotates ? this.uri : (this.#order[0] ?? '')
  }

  /** For apt.conf(5): where apt finds the passwords, apt_auth.conf(5). */
  get options(): AptOption[] {
    return this.hasLogins ? [['Dir::Etc::netrc', join(this.#seenAt, LOGINS)]] : []
  }

  /**
   * Puts mirrors that failed behind the others, also for an apt that is started later.
   * @returns whether this is news: a first one that was not blamed before made way.
   */
  demote(failed: readonly string[]): boolean {
    const [first] = this.#order
    const isBad = (uri: string): boolean => failed.some(other => same(uri, other))
    this.#order = [...this.#order.filter(uri => !isBad(uri)), ...this.#order.filter(isBad)]
    this.#write()
    if (!first || this.#order[0] === first || this.#demoted.has(first)) return false
    this.#demoted.add(first)
    return true
  }

  /**
   * Asks each whether it has the suite, all at the same time; those that don't answer go to the end. Done once, and not at all for
   * a single one: whatever is wrong with it, apt will say.
   * @param run where apt-helper is to be found. @throws UserError when none answers, with what each said, within a minute.
   */
  probe(suite: string, run: Run, warn: (message: string) => void): Promise<void> {
    this.#probed ??= this.uris.length > 1 ? this.#probe(suite, run, warn) : Promise.resolve()
    return this.#probed
  }

  async #probe(suite: string, run: Run, warn: (message: string) => void): Promise<void> {
    // A file, as a proxy's password must not be in a command line.
    writeFileSync(join(this.folder, CONFIG), aptLines([...aptNetwork(), ['Acquire::Retries', '1'], ...this.options]), {
      mode: 0o600,
    })
    const config = join(this.#seenAt, CONFIG)
    const said = new Map<string, string>()
    const ask = async (uri: string, at: number): Promise<void> => {
      const release = `${uri.replace(/\/$/, '')}/dists/${suite}/InRelease`
      const to = `/tmp/rootsmith-probe-${process.pid}-${at}`
      const tried =
        await run`APT_CONFIG=${config} /usr/lib/apt/apt-helper download-file ${release} ${to}; status=$?; rm -f ${to}; exit $status`.nothrow()
      const reason = /^E: Failed to fetch \S+\s+(.*)$/m.exec(tried.stdall)?.[1]
      said.set(uri, tried.exitCode === 0 ? '' : (reason ?? `apt-helper: status ${tried.exitCode}`))
      if (tried.exitCode !== 0) throw new Error(said.get(uri))
    }
    const asked = this.uris.map(ask)
    const all = Promise.allSettled(asked)
    const one = await Promise.any(asked).then(
      () => true,
      () => false,
    )
    if (!one)
      throw new UserError(`no mirror has ${suite} for us`, {
        hint: `${this.uris.map(uri => `${uri}: ${said.get(uri)}`).join('\n')}\nsee from.debian.mirrors, and whether this machine is online`,
      })
    await Promise.race([all, Bun.sleep(GRACE_MS)])
    const silent = this.uris.filter(uri => said.get(uri) !== '')
    for (const uri of silent) warn(`the mirror ${uri} comes last: ${said.get(uri) ?? 'it does not answer'}`)
    this.demote(silent)
  }

  #write(): void {
    mkdirSync(this.folder, { recursive: true })
    const lines = this.#order.map((uri, at) => `${uri}\tpriority:${at + 1}\n`)
    writeFileSync(join(this.folder, LIST), lines.join(''))
  }
}

/** Those of a config, undefined where it names none; see the constructor. */
export const mirrorsOf = (
  debian: { mirrors?: readonly string[]; snapshot?: string | undefined } | undefined,
  folder: string,
  seenAt?: string,
): Mirrors | undefined =>
  debian?.mirrors?.length
    ? new Mirrors(debian.mirrors, folder, { ...(seenAt ? { seenAt } : {}), snapshot: debian.snapshot !== undefined })
    : undefined

/** Whether two addresses are of one mirror. */
export const same = (a: string, b: string): boolean => a.replace(/\/+$/, '') === b.replace(/\/+$/, '')

/** An address without user and password, and the line that apt_auth.conf(5) wants instead; over http only for that very scheme. */
function splitLogin(address: string): { uri: string; login?: string } {
  const [, scheme, userinfo, rest] = /^([a-z+]+:\/\/)([^/@]+)@(.*)$/i.exec(address) ?? []
  if (!scheme || !userinfo || !rest) return { uri: address }
  const [user = '', password = ''] = userinfo.split(/:(.*)/s).map(decode)
  if (/\s/.test(user + password)) throw new UserError('a mirror in from.debian.mirrors has a blank in user or password')
  const machine = `${scheme.toLowerCase() === 'https://' ? '' : scheme}${rest}`
  return { uri: `${scheme}${rest}`, login: `machine ${machine} login ${user} password ${password}\n` }
}

/** The address as it may be shown and kept. */
export const withoutLogin = (address: string): string => splitLogin(address).uri

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
