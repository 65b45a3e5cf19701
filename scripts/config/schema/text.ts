/** Kinds of values that several parts of a config have. */
import * as v from 'valibot'

/** Never shown in an error. */
export const secret = v.metadata<string, { writeOnly: true }>({ writeOnly: true })
export const text = v.pipe(v.string(), v.nonEmpty('must not be empty'))
/** Debian policy 5.6.1. */
export const packageName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9+.-]+$/, 'is not a Debian package name'))
/** One entry of `packages`: a name, perhaps with `:arch`, `=version`, `/suite`, or `-` at its end to remove it. */
export const packageSpec = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?$/, 'is not a Debian package name'),
)
/** A file or folder of the build machine, relative to the YAML file that names it; absolute once loaded. */
export const path = v.pipe(v.string(), v.nonEmpty('must not be empty'), v.metadata({ format: 'path' }))
export const absolute = v.pipe(
  v.string(),
  v.regex(/^\/(?!.*(^|\/)\.\.(\/|$)).+$/, 'must be an absolute path without `..`'),
)

/** Octal (`0644`, `"644"`, YAML 1.2's 644 and 0o644) or symbolic (`u=rw,go=r`, `u+x`). */
export const mode = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(value => String(value).replace(/^0o/, '0')),
  v.regex(
    /^(0?[0-7]{3,4}|[ugoa]*[-+=][rwxXst]*(,[ugoa]*[-+=][rwxXst]*)*)$/,
    'is not a file mode: write octal (`0644`) or symbolic (`u=rw,go=r`)',
  ),
)
export const owner = v.pipe(
  v.string(),
  v.regex(/^[a-z_][a-z0-9_-]*(:[a-z_][a-z0-9_-]*)?$/, 'is not an owner: write `user` or `user:group`'),
)

/** In hex; `sha256sum` prints it. */
export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256: 64 digits of 0-9 and a-f'))
/** Nothing but https: what comes over http may be anybody's. */
export const httpsUrl = v.pipe(
  v.string(),
  v.regex(/^https:\/\/[^\s/@]+\/\S+$/, 'is not an address such as `https://example.org/rootfs.tar.xz`'),
)
