/**
 * A made-up BSP: the files that Rootsmith and the flash script look at, and scripts that do to their machine what NVIDIA's
 * do (look for root, qemu and owners; make nodes, mount, install a package) and write down how they were called. No line
 * of it is NVIDIA's.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { $ } from 'zx'

const quiet = $({ quiet: true })

/** What a script was called with, a line of the record. */
export type Call = { script: string; euid: string; cwd: string; words: string[]; env: string }

/** Where scripts write while a rootfs is built; for the flash script FAKE_BSP_RECORD names another. */
export const RECORD = 'var/lib/fake-bsp.record'

export function parseRecord(text: string): Call[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [script = '', euid = '', cwd = '', words = '', env = ''] = line.split('\t')
      return { script, euid, cwd, words: words.split('\x1f').filter(word => word !== ''), env }
    })
}

const NOTE = `note() {
  printf '%s\\t%s\\t%s\\t' "\${0##*/}" "$(id -u)" "$PWD" >>"$record"
  for word; do printf '%s\\037' "$word" >>"$record"; done
  printf '\\t%s\\n' "BOARDID=\${BOARDID:-}" >>"$record"
}
record=\${FAKE_BSP_RECORD:-$L4T/rootfs/${RECORD}}
mkdir -p "$(dirname "$record")"
note "$@"
[ "$(id -u)" = 0 ] || { echo 'not root'; exit 1; }
[ -n "$(find "$L4T/rootfs/etc/passwd" -user root -group root)" ] || { echo 'the rootfs was not unpacked as root'; exit 1; }
`
const script = (depth: string, body: string): string =>
  `#!/bin/bash\nset -e\nL4T=$(cd "$(dirname "$(readlink -f "$0")")${depth}" && pwd)\n${NOTE}${body}`

const APPLY = `qemu=/usr/bin/qemu-aarch64-static
[ -f "$qemu" ] || { echo 'no qemu'; exit 1; }
install --owner=root --group=root "$qemu" "$L4T/rootfs/usr/bin/"
mknod -m 444 "$L4T/rootfs/dev/random" c 1 8
mknod -m 444 "$L4T/rootfs/dev/urandom" c 1 9
qemu-aarch64-static --version | grep -q 'qemu-aarch64 version'
mkdir -p "$L4T/rootfs/opt/nvidia/l4t-packages"
cp "$L4T"/nv_tegra/l4t_deb_packages/*.deb "$L4T/rootfs/opt/nvidia/l4t-packages/"
cd "$L4T/rootfs"
LC_ALL=C chroot . bash -c 'head -c 8 /dev/urandom | wc -c >/dev/null; dpkg -i --path-include="/usr/share/doc/*" /opt/nvidia/l4t-packages/*.deb'
rm -f usr/bin/qemu-aarch64-static
rm -f dev/random dev/urandom
rm -rf opt/nvidia/l4t-packages
echo 'Success!'
`

const CREATE_USER = `user='' password='' host=''
while [ $# -gt 0 ]; do
  case $1 in
  -u) user=$2; shift ;; -p) password=$2; shift ;; -n) host=$2; shift ;;
  --accept-license) accepted=yes ;;
  esac
  shift
done
[ "$accepted" = yes ] || { echo 'the licence was not accepted'; exit 1; }
[ -f "$L4T/rootfs/usr/share/doc/nvidia-tegra/Tegra_Software_License_Agreement-Tegra-Linux.txt" ]
[ -f /usr/bin/qemu-aarch64-static ]
cd "$L4T/rootfs"
cp /usr/bin/qemu-aarch64-static usr/bin/
mount /sys ./sys -o bind
mount /proc ./proc -o bind
mount /dev ./dev -o bind
LC_ALL=C chroot . groupadd -rf weston-launch
LC_ALL=C chroot . useradd -d "/home/$user" -m -G sudo,video,audio,adm,render,weston-launch -s /bin/bash \\
  -p "$(echo "$password" | openssl passwd -1 -stdin)" "$user"
touch etc/nv/nvautoconfig
rm -f usr/bin/qemu-aarch64-static
for try in 1 2 3; do
  mount | grep -q "$L4T/rootfs" || break
  umount ./sys ./proc ./dev || true
  sleep 5
done
echo "$host" >etc/hostname
`

/** Both flash scripts mount something and may be told to take their time, or to fail. */
const WRITE = `mkdir -p "$L4T/bootloader/mnt"
mount -t tmpfs fake-bsp "$L4T/bootloader/mnt"
mkdir -p "$L4T/initrdlog"; echo "written to \${board:-?}" >"$L4T/initrdlog/flash_1-3.log"
[ -z "\${FAKE_BSP_SLEEP:-}" ] || { echo begun; sleep "$FAKE_BSP_SLEEP"; }
umount "$L4T/bootloader/mnt"
[ -z "\${FAKE_BSP_SAYS:-}" ] || echo "$FAKE_BSP_SAYS"
exit "\${FAKE_BSP_STATUS:-0}"
`
const FLASH = `board=$1
[ -f "$L4T/$board.conf" ] || { echo "no $board.conf"; exit 1; }
echo "Flashing $board"
${WRITE}`
const INITRD_FLASH = `words=("$@"); board=\${words[$(($# - 2))]}
generate=yes write=yes massflash=''
while [ $# -gt 2 ]; do
  case $1 in
  --no-flash) write=no ;; --flash-only) generate=no ;;
  --massflash) massflash=$2; shift ;;
  -c) [ -f "$L4T/$2" ] || { echo "no $2"; exit 1; }; shift ;;
  esac
  shift
done
[ -f "$L4T/$board.conf" ] || { echo "no $board.conf"; exit 1; }
if [ "$generate" = yes ]; then
  mkdir -p "$L4T/tools/kernel_flash/images"; echo "$board" >"$L4T/tools/kernel_flash/images/made"
  [ -z "$massflash" ] || tar -czf "$L4T/mfi_$board.tar.gz" -C "$L4T" tools/kernel_flash
fi
[ "$write" = yes ] || exit 0
[ -f "$L4T/tools/kernel_flash/images/made" ] || { echo 'no images'; exit 1; }
${WRITE}`

const RELEASES = {
  35: {
    text: '# R35 (release), REVISION: 4.1, GCID: 1, BOARD: t186ref, EABI: aarch64',
    name: 'R35.4.1',
    cfg: 't186ref',
    disk: 'flash_l4t_external.xml',
  },
  36: {
    text: '# R36 (release), REVISION: 4.3, GCID: 1, BOARD: generic, EABI: aarch64',
    name: 'R36.4.3',
    cfg: 'generic',
    disk: 'flash_l4t_t234_nvme.xml',
  },
  39: {
    text: '# R39 (release), REVISION: 2.0, GCID: 1, BOARD: generic, EABI: aarch64',
    name: 'R39.2.0',
    cfg: 'generic',
    disk: 'flash_l4t_nvme.xml',
  },
} as const
export type Major = keyof typeof RELEASES

const sources = (conf: string): string => `source "\${LDK_DIR}/${conf}";\n`

/** Paths below Linux_for_Tegra and their content; `→` before it makes a link. */
function files(major: Major): Record<string, string> {
  const { text, cfg, disk } = RELEASES[major]
  return {
    'nv_tegra/nv_tegra_release': `${text}\n# KERNEL_VARIANT: oot\n`,
    'rootfs/README.txt': 'The root file system goes here.\n',
    'p3701.conf.common': 'CHIPID=0x23\n',
    'p3767.conf.common': 'CHIPID=0x23\n',
    'p3737-0000-p3701-0000.conf': sources('p3701.conf.common'),
    'p3768-0000-p3767-0000-a0.conf': sources('p3767.conf.common'),
    'jetson-agx-orin-devkit.conf': '→p3737-0000-p3701-0000.conf',
    'jetson-orin-nano-devkit.conf': '→p3768-0000-p3767-0000-a0.conf',
    'somebodys-carrier.conf': sources('p3768-0000-p3767-0000-a0.conf'),
    'nv_public_common_board.conf': '# for all\n',
    ...(major >= 38
      ? {
          'p3834-0008-p4071-0000-nvme.conf': 'CHIPID=0x26\n',
          'jetson-agx-thor-devkit.conf': '→p3834-0008-p4071-0000-nvme.conf',
        }
      : {}),
    [`tools/kernel_flash/${disk}`]: '<partition_layout/>\n',
    ...(major >= 38 ? { 'tools/kernel_flash/flash_l4t_t264_nvme.xml': '<partition_layout/>\n' } : {}),
    'tools/kernel_flash/custom.xml': '<partition_layout/>\n',
    [`bootloader/${cfg}/cfg/flash_t234_qspi.xml`]: '<partition_layout/>\n',
    'apply_binaries.sh': script('', APPLY),
    'tools/l4t_create_default_user.sh': script('/..', CREATE_USER),
    'flash.sh': script('', FLASH),
    'tools/kernel_flash/l4t_initrd_flash.sh': script('/../..', INITRD_FLASH),
  }
}

export type BspOptions = {
  major?: Major
  /** More paths below Linux_for_Tegra; '' leaves one of the others out. */
  more?: Record<string, string>
}

/** @returns the archive, with NVIDIA's name, in `folder`. */
export async function makeBsp(folder: string, { major = 36, more = {} }: BspOptions = {}): Promise<string> {
  const archive = join(folder, `Jetson_Linux_${RELEASES[major].name}_aarch64.tbz2`)
  const work = join(folder, `.bsp-${major}`)
  rmSync(work, { recursive: true, force: true })
  for (const [path, content] of Object.entries({ ...files(major), ...more })) {
    if (content === '') continue
    const file = join(work, 'Linux_for_Tegra', path)
    mkdirSync(dirname(file), { recursive: true })
    if (content.startsWith('→')) symlinkSync(content.slice(1), file)
    else writeFileSync(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  }
  const packages = join(work, 'Linux_for_Tegra/nv_tegra/l4t_deb_packages')
  mkdirSync(packages, { recursive: true })
  await makeDeb(work, packages, RELEASES[major].name.slice(1))
  // As NVIDIA's: somebody's ids, not root's.
  await quiet`tar --create --bzip2 --file ${archive} --owner=builder:1234 --group=builder:1234 -C ${work} Linux_for_Tegra`
  rmSync(work, { recursive: true, force: true })
  return archive
}

/** What NVIDIA's packages leave that Rootsmith looks at: the licence, /etc/nv, a kernel, a source with a gap in it. */
async function makeDeb(work: string, folder: string, version: string): Promise<void> {
  const tree = join(work, 'deb')
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), content)
  }
  const name = 'nvidia-l4t-core'
  put(
    'DEBIAN/control',
    `Package: ${name}\nVersion: ${version}\nArchitecture: arm64\nMaintainer: nobody <nobody@example.org>\nDescription: made up for a test\n`,
  )
  put('usr/share/doc/nvidia-tegra/Tegra_Software_License_Agreement-Tegra-Linux.txt', 'a licence\n')
  put('etc/nv/README', 'made up\n')
  put('boot/Image', 'a kernel\n')
  put('etc/apt/sources.list.d/nvidia-l4t-apt-source.list', 'deb https://packages.example.org/jetson/<SOC> r36.4 main\n')
  await quiet`dpkg-deb --root-owner-group --build ${tree} ${join(folder, `${name}_${version}_arm64.deb`)}`
  rmSync(tree, { recursive: true })
}
