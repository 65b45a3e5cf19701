/** The first user, made by NVIDIA's script: with one, the device does not ask for one at its first boot. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../stage/context.ts'
import { runBspScript } from './run.ts'

/** Groups that the script takes for granted; a bootstrapped rootfs lacks some until their packages come. */
const GROUPS = ['sudo', 'video', 'audio', 'adm', 'render']

/**
 * The password stands in the script's words, where everybody on the machine sees it: so a throw-away goes there, and is
 * locked before anything else happens. The config's hash follows where all users get theirs (10-system).
 */
export async function createDefaultUser(name: string, hostname: string, context: Context): Promise<void> {
  for (const group of GROUPS) await context.chroot`groupadd --force --system ${group}`
  const password = randomBytes(12).toString('base64url')
  const words = ['-u', name, '-p', `x${password}`, '-n', hostname, '--accept-license']
  await runBspScript(['./tools/l4t_create_default_user.sh', ...words], context)
  const shadow = join(context.rootfs, 'etc/shadow')
  writeFileSync(shadow, lock(readFileSync(shadow, 'utf8'), name))
}

/** @returns /etc/shadow in which nobody can log in as `user` by a password. */
export const lock = (shadow: string, user: string): string =>
  shadow
    .split('\n')
    .map(line => (line.startsWith(`${user}:`) ? line.replace(/^([^:]*):[^:]*/, '$1:*') : line))
    .join('\n')
