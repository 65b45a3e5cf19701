/** The machine says no: errors of system calls that the user can mend, and that are not bugs of ours. */
import { UserError } from './errors.ts'
import { shown } from './paths.ts'

/** By errno(3) name: what it means and what helps. Others, ENOENT above all, are our mistake and stay what they are. */
const MEANING: Record<string, { message: string; hint: string }> = {
  EACCES: { message: 'permission denied', hint: 'look at its owner and mode, and those of the folders above it' },
  EPERM: { message: 'not permitted', hint: 'look at its owner and mode, and those of the folders above it' },
  EROFS: { message: 'the file system is read-only', hint: 'name another folder: `--out DIR`, ROOTSMITH_CACHE=DIR' },
  ENOSPC: {
    message: 'no space left',
    hint: 'make room: `just cache --prune`, or put the cache elsewhere with ROOTSMITH_CACHE',
  },
  EDQUOT: {
    message: 'your quota is used up',
    hint: 'make room: `just cache --prune`, or put the cache elsewhere with ROOTSMITH_CACHE',
  },
  EMFILE: { message: 'too many open files', hint: 'raise the limit: `ulimit -n 65536`' },
  ELOOP: { message: 'symlinks that lead in a circle', hint: '' },
  ENAMETOOLONG: { message: 'the name is too long', hint: '' },
}

/** @returns a UserError for what the user can mend; anything else as it came. */
export function mendable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error
  const { code = '', path, syscall } = error as NodeJS.ErrnoException
  const meaning = MEANING[code]
  if (!meaning) return error
  // write(2) knows no path.
  const message = path ? `${shown(path)}: ${meaning.message}` : `${meaning.message} (${syscall})`
  return new UserError(message, { hint: meaning.hint || undefined })
}
