/** Whether what was unpacked is a root filesystem that stages can work on. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { resolveIn } from '../stage/files.ts'
import { archOfFolder } from './elf.ts'

/** What shows that it is there. The folders alone are in the rootfs before: the build mounts there. */
const NEEDED = { '/usr/bin': 'usr/bin', '/etc/passwd': 'etc/passwd', '/bin/bash': 'bin/bash' }

/**
 * @param shown how the user knows what was unpacked. @param before names at the top of the rootfs before that.
 * @throws UserError that says what it lacks, or where the rootfs in it really begins.
 */
export function checkRootfs(shown: string, root: string, arch: Arch, before: ReadonlySet<string>): void {
  const missing = Object.entries(NEEDED).flatMap(([name, path]) => (existsSync(resolveIn(root, path)) ? [] : [name]))
  if (missing.length > 0) {
    const added = readdirSync(root).filter(name => !before.has(name))
    const [only = ''] = added.length === 1 ? added : []
    const isRoot = only !== '' && statSync(join(root, only)).isDirectory() && existsSync(join(root, only, 'etc'))
    if (isRoot)
      throw new UserError(`${shown} has its root filesystem in a folder, \`${only}\``, {
        hint: `unpack it and name that folder as \`path\`, or pack what is in it: tar -C ${only} -cf rootfs.tar .`,
      })
    throw new UserError(`${shown} is no root filesystem: it has no ${missing.join(' and no ')}`, {
      hint: missing.length === 1 && missing[0] === '/bin/bash' ? 'stages run their commands by bash' : undefined,
    })
  }
  const found = archOfFolder(root)
  if (found && found !== arch)
    throw new UserError(`${shown} is of ${found}, and the config says \`arch: ${arch}\``, {
      hint: `write \`arch: ${found}\``,
    })
}
