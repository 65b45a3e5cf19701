/** What runs on this machine, from /proc: a small Debian has neither ps nor pgrep. */
import { globSync, readFileSync } from 'node:fs'

/** @returns the command lines that hold `text`. */
export const commandsWith = (text: string): string[] =>
  globSync('/proc/[0-9]*/cmdline')
    .map(commandOf)
    .filter(line => line.includes(text))

function commandOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ')
  } catch {
    // It has ended.
    return ''
  }
}
