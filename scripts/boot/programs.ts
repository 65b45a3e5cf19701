/** What booting needs of the machine it runs on. */
import { UserError } from '../lib/errors.ts'

/** Program → Debian package. All are in main of every release since bookworm. */
export const PROGRAMS: Record<string, string> = {
  'qemu-system-aarch64': 'qemu-system-arm',
  mcopy: 'mtools',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  setpriv: 'util-linux',
  xz: 'xz-utils',
  zstd: 'zstd',
}

/** e2fsprogs lives in /usr/sbin, which an ordinary user's PATH may lack. */
const ADMIN = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** @throws UserError naming the packages that are missing. Puts the folders of administrators' programs on the PATH. */
export function needPrograms(env: NodeJS.ProcessEnv = process.env): void {
  const path = (env.PATH ?? '').split(':')
  env.PATH = [...path, ...ADMIN.filter(folder => !path.includes(folder))].join(':')
  const missing = Object.entries(PROGRAMS).filter(([program]) => Bun.which(program, { PATH: env.PATH ?? '' }) === null)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))]
  throw new UserError(`not installed: ${missing.map(([program]) => program).join(', ')}`, {
    hint: `\`just setup\`, or \`apt install ${packages.join(' ')}\``,
  })
}
