/** File modes as configs write them. */

const BITS: Record<string, number> = { r: 0o444, w: 0o222, x: 0o111, t: 0o1000, s: 0o6000 }
const WHO: Record<string, number> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }

/**
 * @param text octal (`644`, `0755`) or symbolic as for chmod(1) (`u=rw,go=r`, `+x`); without u, g or o all are meant,
 *   whatever the umask, so that every machine packs the same
 * @param base the mode that symbolic changes start from
 * @returns permission bits
 */
export function applyMode(text: string, base: number, isFolder = false): number {
  if (/^[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  return text.split(',').reduce((mode, clause) => {
    const [, who = '', operator, letters = ''] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? []
    if (!operator) throw new Error(`${text} is not a file mode`)
    const mask = [...(who || 'a')].reduce((sum, letter) => sum | (WHO[letter] ?? 0), 0)
    const executable = isFolder || (mode & 0o111) !== 0
    const bits = [...letters].reduce((sum, letter) => sum | bitsOf(letter, executable), 0) & mask
    if (operator === '+') return mode | bits
    if (operator === '-') return mode & ~bits
    return (mode & ~mask) | bits
  }, base & 0o7777)
}

const bitsOf = (letter: string, executable: boolean): number =>
  letter === 'X' ? (executable ? 0o111 : 0) : (BITS[letter] ?? 0)
