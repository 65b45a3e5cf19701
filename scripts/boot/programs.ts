/** What booting needs of the machine it runs on. */
import { UserError } from '../lib/errors.ts'
import { missing } from '../sandbox/requirements.ts'

/** e2fsprogs lives here, and an ordinary user's PATH may lack it. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** Puts the folders of administrators' programs on the PATH. @throws UserError naming the packages that are missing. */
export function needPrograms(lacking = missing('boot'), env: NodeJS.ProcessEnv = process.env): void {
  const path = (env.PATH ?? '').split(':')
  env.PATH = [...path, ...ADMIN_FOLDERS.filter(folder => !path.includes(folder))].join(':')
  if (lacking.length === 0) return
  const packages = lacking.map(entry => entry.package).join(' ')
  throw new UserError(`booting needs what is not installed: ${packages}`, {
    hint: `\`just setup\`, or as root: apt-get install ${packages}`,
  })
}
