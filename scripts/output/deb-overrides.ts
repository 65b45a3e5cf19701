/** What lintian is told to pass over: what the config asks for, and a distribution's own packages would not do. */
import { ownerIds } from '../stage/files.ts'
import type { Item } from './item.ts'

/** For all of a folder: these are where people's own software goes. */
const PLACES = [
  { tag: 'dir-or-file-in-opt', folder: 'opt/' },
  { tag: 'file-in-usr-local', folder: 'usr/local/' },
  { tag: 'dir-in-usr-local', folder: 'usr/local/' },
  // Said of the same files once more.
  { tag: 'file-in-unusual-dir [usr/local/*]', folder: 'usr/local/' },
]

/**
 * @param rootfs where owners have their numbers
 * @returns an override a line, without the package's name: of a place, or of one file whose `chmod` or `chown` is unusual
 */
export function overridesOf(items: Item[], rootfs: string): string[] {
  const places = PLACES.filter(({ folder }) => items.some(({ target }) => target.startsWith(folder)))
  const files = items.flatMap(item => {
    const path = item.kind === 'folder' ? `${item.target}/` : item.target
    return tagsOf(item, rootfs).map(tag => `${tag} * [${path}]`)
  })
  return [...places.map(({ tag }) => tag), ...files]
}

/** As lintian 2.116 looks at them: Check/Files/Permissions.pm and Ownership.pm. */
function tagsOf({ kind, mode, owner }: Item, rootfs: string): string[] {
  const tags = ownerIds(rootfs, owner).every(isReserved) ? [] : ['wrong-file-owner-uid-or-gid']
  if (kind === 'link') return tags
  const [plain, isProgram] = [mode & 0o777, (mode & 0o111) !== 0]
  if (kind === 'folder') return mode === 0o755 ? tags : [...tags, 'non-standard-dir-perm']
  if (isProgram && (mode & 0o444) !== 0o444) tags.push('executable-is-not-world-readable')
  if (mode & 0o6000) {
    if (plain !== 0o755 && (mode & 0o7777) !== 0o2755) tags.push('non-standard-setuid-executable-perm')
    tags.push('elevated-privileges')
  } else if (isProgram && mode !== 0o755) tags.push('non-standard-executable-perm')
  else if (!isProgram && mode !== 0o644) tags.push('non-standard-file-perm')
  return tags
}

/** Policy 9.2.2: ids that packages may know beforehand. */
const isReserved = (id: number): boolean => id < 100 || (id >= 60_000 && id <= 64_999) || id === 65_534
