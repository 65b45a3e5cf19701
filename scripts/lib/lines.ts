/** What a process prints, line by line. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'

/** Both streams in one: what a program said on stderr stands where it said it. Ends when both do. */
export function linesOf({ stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>): AsyncIterable<string> {
  const output = new PassThrough()
  let open = 2
  for (const stream of [stdout, stderr]) {
    stream?.pipe(output, { end: false })
    stream?.once('end', () => --open === 0 && output.end())
  }
  return createInterface({ input: output })
}
