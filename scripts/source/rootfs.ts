/** A rootfs from a folder or a tar archive of the build machine. The original is only read. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Context } from '../stage/context.ts'

/**
 * @param path absolute, or relative to the config; a folder, or a tar in any compression that GNU tar knows.
 * GNU tar drops a leading `/`, refuses `..` and delays links that leave, so an archive can't write outside.
 */
export async function unpackRootfs(path: string, { $, rootfs, configDir, noteSource }: Context): Promise<void> {
  const source = resolve(configDir, path)
  noteSource(source)
  const attributes = ['--numeric-owner', '--same-owner', '--same-permissions', '--xattrs', '--xattrs-include=*']
  // /proc, /sys, /dev, /run and /tmp are mounted while we build; in an image they are empty.
  const leaveOut = ['proc', 'sys', 'dev', 'run', 'tmp'].map(dir => `--exclude=./${dir}/*`)
  if (statSync(source).isDirectory()) {
    await $`tar --create --directory=${source} --one-file-system ${attributes.slice(0, 1)} --xattrs ${leaveOut} . | tar --extract --directory=${rootfs} ${attributes} --keep-directory-symlink`
  } else {
    await $`tar --extract --file=${source} --directory=${rootfs} ${attributes} ${leaveOut} ${leaveOut.map(option => option.replace('./', ''))} --keep-directory-symlink`
  }
}
