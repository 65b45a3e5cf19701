/** Rules about the .run. */
import { readFileSync } from 'node:fs'
import type { Rule } from '../rules.ts'
import { kindOf, mustBe } from './file.ts'

/** Whether a file is a secret key of minisign, and one that has a password. */
export type SignKey = 'encrypted' | 'plain' | 'public' | 'none'

/**
 * Second line in base64, minisign's own format: `Ed`, how the key is encrypted (`Sc`: by scrypt with a password; two
 * zeroes: not at all), `B2`, and 152 bytes. A public key has 42 in all.
 */
export function signKeyOf(file: string): SignKey {
  const [comment = '', line = ''] = readFileSync(file, 'latin1').split(/\r?\n/)
  const bytes = Buffer.from(line, 'base64')
  if (!comment.startsWith('untrusted comment:') || bytes.toString('latin1', 0, 2) !== 'Ed') return 'none'
  if (bytes.length === 42) return 'public'
  if (bytes.length !== 158) return 'none'
  return bytes.readUInt16LE(2) === 0 ? 'plain' : 'encrypted'
}

export const signKeyIsSecret: Rule = ({ bundle: { sign_key } }, context) => {
  if (sign_key === undefined) return []
  const path = ['bundle', 'sign_key']
  if (kindOf(sign_key) !== 'file') return mustBe(['file'], sign_key, path, context)
  try {
    const kind = signKeyOf(sign_key)
    if (kind === 'public')
      return context.problem(
        path,
        `${context.show(path)} is the public key`,
        'name the secret one, such as minisign.key',
      )
    if (kind === 'none')
      return context.problem(
        path,
        `${context.show(path)} is not a secret key of minisign`,
        'make one with `minisign -G`',
      )
    return []
  } catch {
    return context.problem(path, `${context.show(path)} may not be read`)
  }
}
