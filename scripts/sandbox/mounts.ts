/** Mounts inside the sandbox. They live in its mount namespace and go with it. */
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from '../lib/bash.ts'

const run = $({ quiet: true })

export type Overlay = {
  /** Folders, the topmost first. Without `upper` the view is read-only. */
  lowers: string[]
  upper?: string
  /** An empty folder on the file system of `upper`. */
  work?: string
  target: string
}

/**
 * Mounts an overlay. `userxattr` because only that is allowed in a user namespace; `volatile` because a layer is
 * started over after a crash, and synced before it is kept (layers.ts): without it every fsync of dpkg reaches the disk.
 */
export async function mountOverlay({ lowers, upper, work, target }: Overlay): Promise<void> {
  mkdirSync(target, { recursive: true })
  // The kernel takes one page of options: names relative to a common folder keep them short.
  const base = dirname(dirname(lowers[0] ?? '/'))
  const name = (path: string) => (path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path)
  const options = ['userxattr', `lowerdir=${lowers.map(name).join(':')}`]
  if (upper && work) options.push('volatile', `upperdir=${upper}`, `workdir=${work}`)
  else if (lowers.length === 1) return bind(lowers[0] as string, target, { readOnly: true })
  await run({ cwd: base })`mount -t overlay overlay -o ${options.join(',')} ${target}`
}

/** Binds a folder or a file; the target must exist. */
export async function bind(source: string, target: string, options: { readOnly?: boolean } = {}): Promise<void> {
  await run`mount --bind ${source} ${target}`
  if (options.readOnly) await run`mount -o remount,bind,ro ${target}`
}

/**
 * What a chroot needs to run programs: /proc, a small /dev, empty /sys, fresh /run and /tmp. /sys is empty and stays so, that
 * no package looks at the build machine's hardware.
 */
export async function mountSystem(root: string): Promise<void> {
  for (const dir of ['proc', 'sys', 'dev', 'run', 'tmp']) mkdirSync(join(root, dir), { recursive: true })
  const dev = join(root, 'dev')
  await run`
    mount -t proc proc ${join(root, 'proc')}
    mount -t tmpfs -o mode=555,nosuid,nodev,noexec,nr_inodes=1 sys ${join(root, 'sys')}
    mount -t tmpfs -o mode=755,nosuid,size=1m dev ${dev}
    mount -t tmpfs -o mode=755,nosuid,nodev run ${join(root, 'run')}
    mount -t tmpfs -o mode=1777,nosuid,nodev tmp ${join(root, 'tmp')}
    cd ${dev}
    mkdir pts shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts pts
    mount -t tmpfs -o mode=1777,nosuid,nodev shm shm
    for node in null zero full random urandom tty; do : > $node; mount --bind /dev/$node $node; done
    ln -s pts/ptmx ptmx; ln -s /proc/self/fd fd
    ln -s fd/0 stdin; ln -s fd/1 stdout; ln -s fd/2 stderr`
  mkdirSync(join(root, 'run/lock'), { mode: 0o1777 })
}

/** Unmounts a tree and everything below it, after ending what still runs there (a daemon that a package started). */
export async function unmountTree(root: string): Promise<void> {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/root`) === root) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // gone meanwhile
    }
  }
  for (let tries = 0; tries < 50; tries++) {
    const result = await run({ nothrow: true })`umount -R ${root}`
    if (result.exitCode === 0) return
    await Bun.sleep(100)
  }
  await run`umount -R -l ${root}`
}

/**
 * A folder to lie below all layers of a rootfs while it is built: mount points and files that programs need at build
 * time and that must not be in the result. What is in no layer above can't be left behind.
 * @param folder is made; @param dirs and @param files are paths inside.
 */
export function makeScaffold(
  folder: string,
  dirs: string[],
  files: Record<string, { content: string; mode?: number }>,
): void {
  for (const dir of dirs) mkdirSync(join(folder, dir), { recursive: true })
  for (const [path, { content, mode }] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: mode ?? 0o644 })
  }
}
