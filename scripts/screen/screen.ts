/** The screen is a summary of a build, fed by the runner's events; the log is whole and elsewhere (build.log). */
import type { Event } from '../lib/events.ts'
import type { Plan } from '../plan/types.ts'
import { jsonScreen } from './json.ts'
import type { Mode } from './mode.ts'
import { plainScreen } from './plain.ts'
import type { Summary } from './summary.ts'
import { ttyScreen } from './tty.ts'

export type Screen = {
  event(event: Event): void
  /** A line of a program's output. */
  raw(line: string): void
  /** The build is done: leaves the final picture and says what was made. */
  end(summary: Summary): Promise<void>
  /** The build failed or was interrupted: leaves the picture of how far it came. The error itself is printed by main. */
  fail(): Promise<void>
}

export type ScreenOptions = {
  plan: Plan
  /** Whether what programs print is shown, too. */
  verbose?: boolean | undefined
  /** Where the text goes; stdout by default. listr2 draws on the terminal itself and only the summary goes here. */
  write?: ((text: string) => void) | undefined
}

const SCREENS: Record<Mode, (options: ScreenOptions) => Screen> = {
  tty: ttyScreen,
  plain: plainScreen,
  json: jsonScreen,
}

export function makeScreen({ mode, ...options }: ScreenOptions & { mode: Mode }): Screen {
  return SCREENS[mode](options)
}
