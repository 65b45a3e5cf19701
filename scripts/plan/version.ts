/** Names of versions, from git: deb-version(7) decides which forms sort where they should. */

export type GitFacts = {
  /** Full hash of HEAD. */
  commit: string
  /** Seconds since the epoch of that commit. */
  time: number
  dirty: boolean
  branch: string
  /** The tag on this commit, or the nearest before it. */
  tag?: string
  onTag: boolean
}

/**
 * Debian version: exactly the tag on a tag (without `v`; `-beta` becomes `~beta`, which sorts before the release), else
 * `1.2.0+git20260101120000.abc1234`, which sorts between this tag and the next. Without git: 0.0.0.
 */
export function packageVersion(git: GitFacts | undefined): string {
  const base = debianVersion(git?.tag) ?? '0.0.0'
  if (!git) return base
  if (git.onTag && !git.dirty) return base
  return `${base}+git${stamp(git.time)}.${git.commit.slice(0, 7)}${git.dirty ? '.dirty' : ''}`
}

/** For file names: the version on a tag, else `yyyymmdd-branch-hash-dev`. */
export function fileLabel(git: GitFacts | undefined): string {
  if (!git) return 'dev'
  const base = debianVersion(git.tag)
  if (git.onTag && !git.dirty && base) return base
  const branch = git.branch.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-+|-+$/g, '') || 'detached'
  return `${stamp(git.time).slice(0, 8)}-${branch}-${git.commit.slice(0, 7)}-dev`
}

function debianVersion(tag: string | undefined): string | undefined {
  const version = tag
    ?.replace(/^v(?=\d)/, '')
    .replace(/[-_]/g, '~')
    .replace(/[^A-Za-z0-9.+~]/g, '.')
  return version && /^\d/.test(version) ? version : undefined
}

/** UTC, `yyyymmddhhmmss`. */
function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)
}
