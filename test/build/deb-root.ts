/** Roots to install packages in, for real. Each is made once and kept in the cache; a test works in a layer over it. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { $ } from 'zx'
import { TEST_CACHE } from './driver.ts'

const KEPT = join(TEST_CACHE, 'test')
const run = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })

/** A minimal root of this machine's architecture with a user pi; written beside, then renamed. */
export async function rootOf(suite: string, packages = ['adduser', 'mount'], name = `deb-${suite}`): Promise<string> {
  const path = join(KEPT, name)
  if (await Bun.file(join(path, 'etc/os-release')).exists()) return path
  await mkdir(KEPT, { recursive: true })
  const beside = await mkdtemp(join(KEPT, `.${name}-`))
  const include = ['init-system-helpers', ...packages].join(',')
  await run`mmdebstrap --mode=root --variant=minbase --include=${include} --skip=output/dev ${suite} ${beside}`
  await run`useradd --root ${beside} --uid 1234 --create-home pi`
  await rename(beside, path)
  return path
}

const CHROOT = `
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" none "$2/root"
mount --bind "$3" "$2/root/mnt"; mount --rbind /dev "$2/root/dev"; mount -t proc proc "$2/root/proc"
exec chroot "$2/root" /bin/bash -ec "$4"`

/** As process 1 of a system of its own, not in a chroot: the maintainer scripts leave Docker alone in one. */
const SYSTEM = `
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" none "$2/root"
cd "$2/root"
mount --bind "$3" mnt; mount --rbind /dev dev; mount -t proc proc proc; mount -t tmpfs none run
mkdir -p run/systemd/system; touch run/docker.sock
if [ -n "$5" ]; then mount --bind "$5" run/docker.sock; fi
mount -t tmpfs none media
pivot_root . media
umount --lazy /media
cd /; exec /bin/bash -ec "$4"`

export class DebRoot {
  private constructor(
    private readonly root: string,
    private readonly layer: string,
    private readonly folder: string,
  ) {}

  /** @param folder is /mnt inside. */
  static async make(suite: string, folder: string, packages?: string[], name?: string): Promise<DebRoot> {
    const root = await rootOf(suite, packages, name)
    const layer = await mkdtemp(join(KEPT, '.layer-'))
    for (const part of ['upper', 'work', 'root']) await mkdir(join(layer, part))
    return new DebRoot(root, layer, folder)
  }

  /** Runs a script in a chroot; what it changes stays for the next one. @returns its stdout. */
  inside(script: string): Promise<string> {
    return this.enter(['--mount', 'bash', '-ec', CHROOT], script).then(({ stdout }) => stdout)
  }

  /** Runs a script where a system runs, with the socket of a Docker, or a dead one for `''`. @returns all that it says. */
  running(script: string, socket: string): Promise<string> {
    return this.enter(['--mount', '--pid', '--fork', 'bash', '-ec', SYSTEM], script, socket).then(
      ({ stdall }) => stdall,
    )
  }

  private enter(words: string[], script: string, socket = ''): Promise<{ stdout: string; stdall: string }> {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
    const quiet = $({ quiet: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return quiet`unshare ${[...words, 'enter', this.root, this.layer, this.folder, script, socket]}`
  }

  remove(): Promise<void> {
    return rm(this.layer, { recursive: true, force: true })
  }
}
