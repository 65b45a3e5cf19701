/**
 * perl's modules for its native twin, in usr/lib/TRIPLET, whose name is compiled into it. Nothing else may be there: a hook
 * of mkinitramfs copies the libkmod.so of every folder in usr/lib into the initrd. Which modules there are must follow the
 * rootfs: with only perl-base installed, `perl` of the native tree would find modules that the rootfs lacks, and fail
 * half-way through their needs.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fills `folder`, which stands in for usr/lib/TRIPLET. Of perl-base all is the native tree's but Config, by which perl says
 * what machine it is for. In perl, a module is a link to the rootfs's own file of the other triplet, which dangles until
 * that is installed; compiled parts are links to the native tree.
 * @param native the native tree. @param seen where the rootfs sees it.
 */
export function makePerlFolders(
  folder: string,
  native: string,
  seen: string,
  triplets: { native: string; foreign: string },
): void {
  fill('perl-base', name => !name.startsWith('Config'))
  fill('perl', name => name.endsWith('.so'))

  /** @param isNative says by its name whether a file is the native tree's, else it is the rootfs's own. */
  function fill(below: string, isNative: (name: string) => boolean): void {
    const ours = join(native, 'usr/lib', triplets.native, below)
    if (!existsSync(ours)) return
    mkdirSync(join(folder, below), { recursive: true })
    for (const name of readdirSync(ours)) {
      const stat = lstatSync(join(ours, name))
      const link = join(folder, below, name)
      if (stat.isDirectory()) fill(join(below, name), isNative)
      else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(join(ours, name)), link)
      else if (isNative(name)) symlinkSync(join(seen, 'usr/lib', triplets.native, below, name), link)
      else symlinkSync(join('/usr/lib', triplets.foreign, below, name), link)
    }
  }
}
