/** Where a rootfs starts from. */
import * as v from 'valibot'
import { httpsUrl, path, sha256, text } from './text.ts'

const aptSource = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and `-`')),
  uri: v.pipe(v.string(), v.regex(/^(https?|file|copy):\/./, 'is not an archive such as `https://example.org/debian`')),
  suites: v.pipe(v.array(text), v.minLength(1, 'needs at least one suite')),
  components: v.optional(v.array(text), []),
  /** An armoured or binary OpenPGP key, a file beside the config. */
  key: v.optional(path),
})

export const debian = v.strictObject({
  suite: v.optional(v.picklist(['bookworm', 'trixie']), 'trixie'),
  components: v.optional(
    v.pipe(
      v.array(v.picklist(['main', 'contrib', 'non-free', 'non-free-firmware'])),
      v.minLength(1, 'needs at least `main`'),
    ),
    ['main'],
  ),
  /** Tried in order; empty: what mmdebstrap knows for the suite. */
  mirrors: v.optional(v.array(text), []),
  sources: v.optional(v.array(aptSource), []),
  /** A time stamp of snapshot.debian.org, `20260101T000000Z`: the archive as it was then. */
  snapshot: v.optional(
    v.pipe(v.string(), v.regex(/^\d{8}T\d{6}Z$/, 'is not a snapshot time stamp such as `20260101T000000Z`')),
  ),
  variant: v.optional(v.picklist(['minbase', 'important', 'standard']), 'minbase'),
})

/** By a file's name: what is packed how its first bytes say (source/kind.ts). */
export const ARCHIVE = /\.(tar|tar\.gz|tgz|tar\.bz2|tbz2?|tar\.xz|txz|tar\.zst)$/
export const DISK_IMAGE = /\.img(\.(gz|xz|zst))?$/

const rootfsSource = v.strictObject({
  /** A folder, a tar (.tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst) or a disk image (.img, .img.gz, .img.xz, .img.zst). */
  path: v.optional(path),
  /** One of the same files, elsewhere. */
  url: v.optional(httpsUrl),
  /** Of the file, as it is (compressed); without it the one of the first download is kept to. */
  sha256: v.optional(sha256),
})

/** Where a rootfs starts from: exactly one of these (rules.ts). */
export const from = v.strictObject({ debian: v.optional(debian), rootfs: v.optional(rootfsSource) })
