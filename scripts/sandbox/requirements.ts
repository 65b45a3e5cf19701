/**
 * The one list of Debian packages that the machine itself must have. It is short: whatever makes the contents of an image
 * (mke2fs, mtools, xz, qemu-user …) comes from a tree of tools in the cache, so that results don't depend on the machine.
 */
import { existsSync, readFileSync } from 'node:fs'

/** `build`: nothing works without it. `accelerate`: without it builds are slow. `boot`: for `just boot`. `test`: for `just test`. */
export type Purpose = 'build' | 'accelerate' | 'boot' | 'test'

export type Requirement = {
  package: string
  /** The release of Debian that has it first; before, another package brings what it provides. */
  since?: number
  /** Executables that must be on the PATH, or files that must exist. Any way to have them will do, not just the package. */
  provides: readonly string[]
  /** What we do with it. */
  why: string
  for: Purpose
}

export const REQUIREMENTS: readonly Requirement[] = [
  { package: 'mmdebstrap', provides: ['mmdebstrap'], why: 'makes the tree of tools', for: 'build' },
  {
    package: 'debian-archive-keyring',
    provides: ['/usr/share/keyrings/debian-archive-keyring.gpg'],
    why: "checks the archive's signatures",
    for: 'build',
  },
  {
    package: 'ca-certificates',
    provides: ['/etc/ssl/certs/ca-certificates.crt'],
    why: 'checks https mirrors',
    for: 'build',
  },
  {
    package: 'uidmap',
    provides: ['newuidmap', 'newgidmap'],
    why: 'maps the ids of a build by an ordinary user',
    for: 'build',
  },
  {
    package: 'util-linux',
    provides: ['unshare', 'setpriv', 'flock'],
    why: 'enters namespaces, takes locks',
    for: 'build',
  },
  { package: 'mount', provides: ['mount', 'umount'], why: 'mounts layers', for: 'build' },
  { package: 'tar', provides: ['tar'], why: 'unpacks a rootfs to start from', for: 'build' },
  {
    package: 'git',
    provides: ['git'],
    why: "versions and time stamps come from the config's repository",
    for: 'build',
  },
  {
    package: 'gcc',
    provides: ['gcc'],
    why: 'compiles the handler that runs foreign programs natively',
    for: 'accelerate',
  },
  {
    package: 'musl-tools',
    provides: ['musl-gcc'],
    why: 'links it with a C library that starts quickly',
    for: 'accelerate',
  },
  { package: 'qemu-system-arm', provides: ['qemu-system-aarch64'], why: 'boots images', for: 'boot' },
  { package: 'mtools', provides: ['mcopy'], why: "reads the kernel from an image's boot partition", for: 'boot' },
  {
    package: 'e2fsprogs',
    provides: ['debugfs', 'e2fsck'],
    why: "copies first boot's report out of an image",
    for: 'boot',
  },
  { package: 'xz-utils', provides: ['xz'], why: 'unpacks an image', for: 'boot' },
  { package: 'zstd', provides: ['zstd'], why: 'unpacks an image', for: 'boot' },
  {
    package: 'shellcheck',
    provides: ['shellcheck'],
    why: 'reads the shell scripts of images and bundles',
    for: 'test',
  },
  { package: 'libc6-dev', provides: ['/usr/include/stdio.h'], why: 'compiles a program to be packed', for: 'test' },
  { package: 'lintian', provides: ['lintian'], why: 'reads the packages that are made', for: 'test' },
  { package: 'bmap-tools', provides: ['bmaptool'], why: 'reads the maps of blocks that are made', for: 'test' },
  { package: 'fdisk', provides: ['sfdisk'], why: 'makes partition tables to be read', for: 'test' },
  { package: 'openssh-client', provides: ['ssh-keygen'], why: 'makes the host keys of a first boot', for: 'test' },
  { package: 'passwd', provides: ['useradd', 'usermod'], why: 'makes an ordinary user to build as', for: 'test' },
  { package: 'docker.io', provides: ['dockerd'], why: 'is the engine of builds in containers', for: 'test' },
  { package: 'docker-cli', since: 13, provides: ['docker'], why: 'talks to that engine', for: 'test' },
  { package: 'docker-registry', provides: ['docker-registry'], why: 'is what that engine pulls from', for: 'test' },
  { package: 'busybox-static', provides: ['busybox'], why: 'is what containers run', for: 'test' },
]

/** Where administrators' programs are, which an ordinary user's PATH may lack. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * What this machine lacks for the purposes given, or for all but the tests.
 * @param find whether a program or a file is there
 */
export function missing(
  purposes: Purpose | readonly Purpose[] = ['build', 'accelerate', 'boot'],
  find = isThere,
  release = debianRelease(),
): Requirement[] {
  return REQUIREMENTS.filter(
    entry => [purposes].flat().includes(entry.for) && !(release < (entry.since ?? 0)) && !entry.provides.every(find),
  )
}

/** 12 for bookworm; the newest, on what is not Debian. */
function debianRelease(): number {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^ID=debian$/m.test(text) ? Number(/^VERSION_ID="?(\d+)/m.exec(text)?.[1] ?? Infinity) : Infinity
}

function isThere(name: string): boolean {
  if (name.startsWith('/')) return existsSync(name)
  return Bun.which(name, { PATH: [process.env.PATH ?? '', ...ADMIN_FOLDERS].join(':') }) !== null
}
