/** Files of a rootfs, written from outside: no link in it can lead out of it. */
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { UserError } from '../lib/errors.ts'
import type { FileOptions } from './context.ts'

/**
 * The path outside of a path inside, every link on the way resolved as the rootfs itself would.
 * @param path absolute or relative to the rootfs. The last part need not exist.
 */
export function resolveIn(root: string, path: string): string {
  let rest = normalize(`/${path}`).split('/').filter(Boolean)
  let at = '/'
  for (let links = 0; rest.length; ) {
    const [part, ...others] = rest as [string, ...string[]]
    rest = others
    if (part === '..') at = dirname(at)
    else {
      const next = join(at, part)
      const stat = lstatSync(join(root, next), { throwIfNoEntry: false })
      if (!stat?.isSymbolicLink()) at = next
      else {
        if (++links > 40) throw new UserError(`${path}: too many links in the rootfs`)
        const target = readlinkSync(join(root, next))
        if (target.startsWith('/')) at = '/'
        rest = [...target.split('/').filter(name => name && name !== '.'), ...rest]
      }
    }
  }
  return join(root, at)
}

/** Writes a file whole; folders above it are made with mode 0755. */
export function writeFile(root: string, path: string, content: string | Uint8Array, options: FileOptions = {}): void {
  const target = resolveIn(root, path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 })
  // Nobody else's until it is who it is meant for.
  writeFileSync(target, content, { mode: 0o600 })
  chmodSync(target, typeof options.mode === 'number' ? options.mode : Number.parseInt(String(options.mode ?? '644'), 8))
  const [user, group] = ownerIds(root, options.owner ?? 'root:root')
  chownSync(target, user, group)
}

/** Numeric ids of `user` or `user:group`, from the rootfs's own passwd and group; alone, a user's own group is meant. */
export function ownerIds(root: string, owner: string): [number, number] {
  const [user = 'root', group] = owner.split(':')
  const passwd = /^\d+$/.test(user) ? [user, '', user, user] : entry(root, 'etc/passwd', user)
  if (!passwd)
    throw new UserError(`the rootfs has no user ${user}`, { hint: 'make it in an earlier stage, or correct the owner' })
  if (group === undefined) return [Number(passwd[2]), Number(passwd[3])]
  const found = /^\d+$/.test(group) ? [group, '', group] : entry(root, 'etc/group', group)
  if (!found)
    throw new UserError(`the rootfs has no group ${group}`, {
      hint: 'make it in an earlier stage, or correct the owner',
    })
  return [Number(passwd[2]), Number(found[2])]
}

function entry(root: string, file: string, name: string): string[] | undefined {
  if (name === 'root') return ['root', '', '0', '0']
  const text = readFileSync(resolveIn(root, file), 'utf8')
  return text
    .split('\n')
    .map(line => line.split(':'))
    .find(fields => fields[0] === name)
}
