/** The shape of a config file. Types are inferred from here and written nowhere else; rules across fields are in rules.ts. */
import * as v from 'valibot'
import { component } from './schema/components.ts'
import { type debian, from } from './schema/from.ts'
import { jetson } from './schema/jetson.ts'
import { absolute, packageName, packageSpec, path, secret, text } from './schema/text.ts'

/** Debian's names for architectures that can be built. */
export const ARCHES = ['amd64', 'arm64', 'armhf'] as const
export const TARGETS = ['rpi', 'jetson', 'generic'] as const
export const OUTPUTS = ['image', 'rootfs', 'deb', 'bundle'] as const

const user = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'is not a user name')),
  /** crypt(3) hash, from `!ENV`; never a password in clear. */
  password_hash: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\$[0-9a-z]+\$.+|[!*]+)$/, 'is not a password hash: make one with `openssl passwd -6`'),
      secret,
    ),
  ),
  ssh_keys: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^(ssh-|ecdsa-|sk-)\S+ \S+/, 'is not a public ssh key'))),
    [],
  ),
  groups: v.optional(v.array(text), []),
  sudo: v.optional(v.picklist(['none', 'password', 'nopasswd']), 'password'),
  shell: v.optional(absolute, '/bin/bash'),
})

const system = v.strictObject({
  hostname: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not a host name: letters a-z, digits and `-`'),
    ),
  ),
  locale: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^([a-z]{2,3}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?|C\.UTF-8|C|POSIX)$/,
        'is not a locale such as `en_GB.UTF-8`',
      ),
    ),
    'C.UTF-8',
  ),
  timezone: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/, 'is not a time zone such as `Europe/London`'),
    ),
    'Etc/UTC',
  ),
  keyboard: v.optional(
    v.strictObject({
      layout: v.optional(text, 'us'),
      model: v.optional(text, 'pc105'),
      variant: v.optional(v.string(), ''),
    }),
    {},
  ),
  user: v.optional(user),
  /** Whether sshd is installed and enabled; passwords are accepted only where `password_hash` is set. */
  ssh: v.optional(v.boolean(), true),
})

const network = v.strictObject({
  /** Static resolvers; empty: what DHCP says. */
  nameservers: v.optional(v.array(v.pipe(v.string(), v.ip('is not an IP address'))), []),
  wifi: v.optional(
    v.strictObject({
      ssid: text,
      password: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty'), secret)),
      country: v.pipe(v.string(), v.regex(/^[A-Z]{2}$/, 'is not a two-letter country code')),
    }),
  ),
})

/** NoCloud seed files, relative to the config. */
const cloudInit = v.strictObject({ user_data: path, meta_data: v.optional(path), network_config: v.optional(path) })

/** The .deb of the components. */
const debPackage = v.strictObject({
  name: v.optional(packageName),
  /** Default: from git, `1.2.0` on a tag, `1.2.0+git20260101120000.abc1234` after it. */
  version: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(\d+:)?\d[A-Za-z0-9.+~-]*$/, 'is not a Debian version: it starts with a digit and has no `_` or `/`'),
    ),
  ),
  maintainer: v.optional(
    v.pipe(v.string(), v.regex(/^[^<>]+ <[^<>@]+@[^<>@]+>$/, 'is not of the form `Name <mail@example.org>`')),
    'Rootsmith <rootsmith@example.org>',
  ),
  description: v.optional(text),
})

const size = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?[KMG]$/, 'is not a size such as `512M` or `4G`'))

const image = v.strictObject({
  /** Size of the FAT boot partition. */
  boot_size: v.optional(size, '256M'),
  /** Free space in the root file system, over what its files take; it grows on first boot. */
  free: v.optional(size, '64M'),
  compression: v.optional(
    v.strictObject({
      format: v.optional(v.picklist(['xz', 'zstd', 'none']), 'xz'),
      level: v.optional(
        v.pipe(
          v.number(),
          v.integer('must be a whole number'),
          v.minValue(1, 'must be from 1 to 19'),
          v.maxValue(19, 'must be from 1 to 19'),
        ),
      ),
    }),
    {},
  ),
})

const bundle = v.strictObject({
  /** Secret key of minisign(1): the .run gets a detached signature beside it. */
  sign_key: v.optional(path),
})

export const configSchema = v.strictObject({
  /** Names out/<name>/, the image and the package. */
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'must be lower-case letters, digits, `-` and `.`')),
  target: v.picklist(TARGETS),
  arch: v.picklist(ARCHES),
  from,
  system: v.optional(system, {}),
  network: v.optional(network, {}),
  packages: v.optional(v.array(packageSpec), []),
  cloud_init: v.optional(cloudInit),
  depends: v.optional(v.array(packageName), []),
  components: v.optional(v.array(component), []),
  package: v.optional(debPackage, {}),
  image: v.optional(image, {}),
  bundle: v.optional(bundle, {}),
  jetson: v.optional(jetson),
  outputs: v.optional(v.pipe(v.array(v.picklist(OUTPUTS)), v.minLength(1, 'needs at least one output')), ['image']),
  /** More stage folders, relative to the config: their numbered stages are merged with Rootsmith's own by name. */
  stages: v.optional(v.array(path), []),
})

export type Config = v.InferOutput<typeof configSchema>
export type Arch = Config['arch']
export type Component = Config['components'][number]
export type OutputName = Config['outputs'][number]
export type DebianSource = v.InferOutput<typeof debian>
