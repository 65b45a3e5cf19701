/** A detached signature, by minisign: FILE.minisig beside FILE. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { signKeyOf } from '../config/rules/bundle.ts'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import type { OutputContext } from './table.ts'

/** Where a secret key's password comes from: a command line can be seen by everybody. */
export const SIGN_PASSWORD = 'ROOTSMITH_SIGN_PASSWORD'

export const signatureFile = (file: string): string => `${file}.minisig`

/**
 * Refuses early what would fail at the end of a build.
 * @throws UserError when the key has a password and the environment does not
 */
export function requireSignPassword({ bundle: { sign_key }, outputs }: Config, env: NodeJS.ProcessEnv): void {
  if (sign_key && outputs.includes('bundle')) passwordFor(sign_key, env)
}

/** @returns '' for a key that has none. */
function passwordFor(key: string, { [SIGN_PASSWORD]: password }: NodeJS.ProcessEnv): string {
  if (signKeyOf(key) !== 'encrypted') return ''
  if (password !== undefined) return password
  throw new UserError('bundle.sign_key: the key has a password, and none is given', {
    hint: `set ${SIGN_PASSWORD} in the environment`,
  })
}

/**
 * @param file its name in out/. The same key and file give the same signature: Ed25519 has no randomness, and the
 * comments have no time.
 * @throws UserError when it is no key, or the password is not the key's
 */
export async function signFile(
  { work, out, tools }: OutputContext,
  key: string,
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (!['encrypted', 'plain'].includes(signKeyOf(key)))
    throw new UserError(`bundle.sign_key: ${basename(key)} is not a secret key of minisign`)
  const typed = passwordFor(key, env)
  const secret = join(work, 'sign.key')
  const password = join(work, 'sign.password')
  try {
    await copyFile(key, secret)
    await writeFile(password, `${typed}\n`, { mode: 0o600 })
    const comments = ['-t', `file:${file}`, '-c', `signature of ${file}`]
    const words = ['-S', '-s', '/work/sign.key', '-x', `/out/${signatureFile(file)}`, '-m', `/out/${file}`]
    // It asks for the password on stdin, where there is no terminal.
    await tools`minisign ${words} ${comments} < /work/sign.password`
  } catch (error) {
    const said =
      String((error as { stderr?: string }).stderr ?? '') + String((error as { stdout?: string }).stdout ?? '')
    if (said.includes('Wrong password'))
      throw new UserError('bundle.sign_key: the password is not that of the key', {
        hint: `it comes from ${SIGN_PASSWORD}`,
      })
    throw error
  } finally {
    await rm(secret, { force: true })
    await rm(password, { force: true })
  }
  // Or it is found out by whoever checks it.
  if ((await readFile(join(out, signatureFile(file)))).length === 0) throw new Error('minisign wrote no signature')
}
