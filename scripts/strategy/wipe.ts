/** Removing folders of the cache. */
import { rmSync } from 'node:fs'
import { UserError } from '../lib/errors.ts'
import { enter } from '../sandbox/enter.ts'

/**
 * Removes a folder. As a user its files can belong to ids that only the sandbox has, so it is removed in one; and so it
 * is by a root that may not touch others' files, as in a container.
 */
export async function wipe(folder: string): Promise<void> {
  if (process.getuid?.() === 0) {
    try {
      return rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  const sandbox = await enter(['rm', '-rf', '--one-file-system', folder])
  sandbox.child.stdout?.resume()
  sandbox.child.stderr?.resume()
  if ((await sandbox.exited) !== 0)
    throw new UserError(`${folder} can't be removed`, { hint: 'its files belong to another user' })
}
