/** The screen for programs: one JSON object a line, each with the seconds since the start. */
import type { Screen, ScreenOptions } from './screen.ts'
import { nextCommands } from './summary.ts'

export function jsonScreen({ plan, verbose, write = text => void process.stdout.write(text) }: ScreenOptions): Screen {
  const start = performance.now()
  const say = (fields: object): void => {
    const at = Math.round(performance.now() - start) / 1000
    write(`${JSON.stringify({ ...fields, at })}\n`)
  }
  return {
    event: say,
    raw(line) {
      if (verbose) say({ type: 'raw', line })
    },
    async end(summary) {
      say({ type: 'summary', ...summary, next: summary.next ?? nextCommands(plan) })
    },
    // main's error event is the last line.
    async fail() {},
  }
}
