/** The build's log: every line, as it came. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export type Log = { file: string; line(text: string): void; close(): void }

/** Starts a log anew. Written at once, line by line: what a killed build said last is there. */
export function openLog(file: string): Log {
  mkdirSync(dirname(file), { recursive: true })
  const descriptor = openSync(file, 'w')
  return {
    file,
    line: text => void writeSync(descriptor, `${text}\n`),
    close: () => closeSync(descriptor),
  }
}
