/** What apt's downloads are worth, from what it prints: apt-get(8) tells with its status only that something failed. */

/** `http://host/debian`, what stands before `dists` and `pool` in a mirror's addresses. */
export type Mirror = string

export type AptWatch = {
  /** Takes apt's lines one by one, also those that mmdebstrap passes on. */
  take(line: string): void
  /** Files that came from there, as far as apt says so. */
  got(mirror: Mirror): number
  /** A mirror from which nothing comes but time-outs: apt would wait for each of its files. */
  hung(): Mirror | undefined
  /** Whose files failed, and why, in apt's words. */
  failures: Map<Mirror, string>
  /** Failures, and none of a kind that stays: trying again makes sense. */
  transient(): boolean
}

/** So long must nothing have come from a mirror, and so many attempts have failed, before it counts as hung. */
const HUNG = { ms: 30_000, failures: 3 }

/** The server is there and says that the file is not, or not for us. In pool/, lists that are read anew mend it. */
const REFUSED = /^(401|403|404|410)\b/
/** Another mirror has the same keys: with these, it is the keyring that is wrong. */
const KEY = /NO_PUBKEY|EXPKEYSIG|REVKEYSIG|Missing key|no public key|expired/i

export function aptWatch(now: () => number = Date.now): AptWatch {
  const failures = new Map<Mirror, string>()
  const got = new Map<Mirror, number>()
  const hosts = new Map<Mirror, { since: number; failed: number; pending: boolean }>()
  let permanent = false
  // What came before a request was made.
  let before = now()

  const host = (mirror: Mirror) => {
    const known = hosts.get(mirror) ?? { since: before, failed: 0, pending: false }
    hosts.set(mirror, known)
    return known
  }
  const fail = (url: string, reason: string): void => {
    const mirror = url.replace(/\/(dists|pool)\/.*$/, '').replace(/\/$/, '')
    failures.set(mirror, reason.replace(/[:\s]+$/, ''))
    if ((REFUSED.test(reason) && !url.includes('/pool/')) || KEY.test(reason)) permanent = true
  }

  return {
    failures,
    take(line) {
      const event = /^(Get|Ign|Err):\d+ (https?:\/\/\S+)/.exec(line)
      if (event) {
        const [, kind, address = ''] = event
        const mirror = address.replace(/\/$/, '')
        const at = host(mirror)
        if (kind === 'Get') {
          // It is said when a file begins: the one before it, from there, has come then.
          if (at.pending) Object.assign(at, { since: now(), failed: 0 })
          if (at.pending) got.set(mirror, (got.get(mirror) ?? 0) + 1)
          at.pending = true
        } else Object.assign(at, { failed: at.failed + 1, pending: false })
        before = now()
        return
      }
      before = now()
      // From here on nothing is downloaded, until the next run.
      if (/^(Fetched .* in |Reading package lists)/.test(line)) hosts.clear()
      const failed = /^(?:E|W): Failed to fetch (\S+)\s+(.*)$/.exec(line)
      if (failed?.[1] && failed[2] !== undefined) fail(failed[1], failed[2])
      const unsigned = /GPG error: (\S+) .*?: (.*)$/.exec(line)
      if (unsigned?.[1] && unsigned[2]) fail(unsigned[1], unsigned[2])
      if (/^E: The repository .* (does not have a Release file|no longer has)/.test(line)) permanent = true
    },
    got: mirror => got.get(mirror) ?? 0,
    hung() {
      for (const [mirror, { since, failed }] of hosts)
        if (failed >= HUNG.failures && now() - since >= HUNG.ms) return mirror
      return undefined
    },
    transient: () => failures.size > 0 && !permanent,
  }
}
