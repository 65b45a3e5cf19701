/**
 * Which programs run natively while the rootfs of another architecture is built: data, with a reason for each group.
 *
 * A program may be here when what it writes does not depend on the machine it runs on. It must not when it reports
 * or acts on the architecture (`uname`, `arch`, ldconfig, the loader, compilers, systemd-detect-virt), or when it
 * loads plug-ins of the rootfs. The trees are compared entry by entry in test/build/identity.test.ts.
 */
export type TwinGroup = {
  why: string
  /** Debian packages whose programs under /usr/bin and /usr/sbin are meant. */
  packages?: string[]
  /** Programs elsewhere. */
  paths?: string[]
  /** Programs of those packages that stay emulated. */
  never?: string[]
  /** dpkg's architecture is compiled in as a string: the twin is a copy in which it is replaced by one of the same length. */
  patched?: string[]
  /** The programs are interpreters, and run natively only for these scripts, modules (`/-m/NAME`) and texts (`/-c/TEXT`). */
  only?: string[]
}

export const TWINS: TwinGroup[] = [
  {
    why: 'what maintainer scripts are made of: thousands of short runs, where translation costs more than the work',
    packages: [
      'bash',
      'dash',
      'coreutils',
      'debianutils',
      'diffutils',
      'findutils',
      'grep',
      'sed',
      'mawk',
      'gawk',
      'hostname',
    ],
    never: ['/usr/bin/uname', '/usr/bin/arch', '/usr/sbin/chroot', '/usr/bin/nproc'],
  },
  {
    why: 'debconf, adduser, ucf, deb-systemd-helper and update-* are perl; its modules are found under their multiarch folder',
    packages: ['perl-base', 'perl'],
  },
  {
    why: 'archives and compression: the same bytes come out, and unpacking is most of what dpkg does',
    packages: ['tar', 'gzip', 'bzip2', 'xz-utils', 'zstd', 'cpio'],
  },
  {
    why: 'dpkg itself, started several times for each package',
    packages: ['dpkg'],
    never: ['/usr/sbin/start-stop-daemon', '/usr/sbin/dpkg-fsys-usrunmess'],
    patched: [
      '/usr/bin/dpkg',
      '/usr/bin/dpkg-query',
      '/usr/bin/dpkg-divert',
      '/usr/bin/dpkg-trigger',
      '/usr/bin/dpkg-statoverride',
      '/usr/bin/dpkg-deb',
      '/usr/bin/dpkg-split',
    ],
  },
  {
    why: 'apt plans, downloads and verifies; which architecture it works for is said in its configuration (stage/apt.ts)',
    packages: ['apt', 'sqv', 'gpgv'],
    paths: [
      ...['cdrom', 'copy', 'file', 'gpgv', 'http', 'mirror', 'rred', 'rsh', 'sqv', 'store'].map(
        name => `/usr/lib/apt/methods/${name}`,
      ),
    ],
  },
  {
    why: 'mkinitramfs resolves modules one by one, depmod reads all of them; both read ELF of any machine',
    packages: ['kmod'],
  },
  {
    why: "initramfs-tools has it resolve modules: it reads the target's modules.dep, half of the time of an initrd",
    paths: ['/usr/lib/dracut/dracut-install'],
  },
  {
    why: 'host keys, random anyway and not kept in an image: searching primes takes seconds emulated',
    paths: ['/usr/bin/ssh-keygen'],
  },
  {
    why: "util-linux's part of what scripts are made of; not all of it: lscpu, setarch and the like tell of the machine",
    paths: ['/usr/bin/getopt', '/usr/bin/findmnt', '/usr/bin/mountpoint', '/usr/bin/logger'],
  },
  {
    why: 'the certificate store and random bytes: openssl rehash hashes every certificate',
    packages: ['openssl'],
  },
  {
    why: 'locale archives are little-endian tables; compiling one takes a second natively, twenty emulated',
    paths: ['/usr/bin/localedef'],
  },
  {
    why: 'the hardware database is compiled from text (27 s emulated)',
    paths: ['/usr/bin/systemd-hwdb'],
  },
  {
    why: 'byte code is the same on every machine (150 s of a trixie build emulated); any other python script stays emulated',
    paths: ['/usr/bin/python3.11', '/usr/bin/python3.13'],
    only: [
      '/usr/bin/py3compile',
      '/usr/bin/py3clean',
      '/usr/lib/python3.11/py_compile.py',
      '/usr/lib/python3.13/py_compile.py',
      '/-m/py_compile',
      // py3compile asks each interpreter what its byte code is called (the first two are bookworm's)
      '/-c/import imp; print(imp.get_tag())',
      '/-c/import imp; print(imp.get_magic())',
      '/-c/import sys; print(sys.implementation.cache_tag)',
      '/-c/import importlib.util; print(importlib.util.MAGIC_NUMBER)',
    ],
  },
]

/** Debian packages of the native tree: those that bring the twins above, and what they need to run. */
export const NATIVE_PACKAGES = [
  'perl',
  'gawk',
  'cpio',
  'kmod',
  'zstd',
  'xz-utils',
  'bzip2',
  'openssl',
  'udev',
  'python3-minimal',
  'openssh-client',
] as const

/** Debian packages that only one suite has, or splits as it does. */
export const SUITE_PACKAGES = { bookworm: [], trixie: ['dracut-install'] } as const
