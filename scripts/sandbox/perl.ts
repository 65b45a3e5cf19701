/**
 * perl's modules for its native twin, in usr/lib/TRIPLET, whose name is compiled into it. Nothing else may be there: a hook
 * of mkinitramfs copies the libkmod.so of every folder in usr/lib into the initrd. Which modules there are must follow the
 * rootfs: with only perl-base installed, `perl` of the native tree would find modules that the rootfs lacks, and fail
 * half-way through their needs.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fills `folder`, which stands in for usr/lib/TRIPLET: perl-base is the native tree's. In perl, a module is a link to the
 * rootfs's own file of the other triplet, which dangles until that is installed; compiled parts are links to the native tree.
 * @param native the native tree. @param seen where the rootfs sees it.
 */
export function makePerlFolders(
  folder: string,
  native: string,
  seen: string,
  triplets: { native: string; foreign: string },
): void {
  const ours = `usr/lib/${triplets.native}/perl`
  mkdirSync(folder, { recursive: true })
  if (existsSync(join(native, `${ours}-base`))) symlinkSync(join(seen, `${ours}-base`), join(folder, 'perl-base'))
  if (existsSync(join(native, ours))) fill('')

  function fill(below: string): void {
    mkdirSync(join(folder, 'perl', below), { recursive: true })
    for (const name of readdirSync(join(native, ours, below))) {
      const path = join(below, name)
      const stat = lstatSync(join(native, ours, path))
      if (stat.isDirectory()) fill(path)
      else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(join(native, ours, path)), join(folder, 'perl', path))
      else
        symlinkSync(
          name.endsWith('.so') ? join(seen, ours, path) : `/usr/lib/${triplets.foreign}/perl/${path}`,
          join(folder, 'perl', path),
        )
    }
  }
}
