/** What is seen while there is no plan yet: an image is pulled, or made. */
import { chalkStderr } from 'chalk'
import type { Report } from '../strategy/strategy.ts'
import { clean, duration } from './format.ts'
import type { Mode } from './mode.ts'
import { pictureOf } from './picture.ts'

export type Preparing = Report & {
  /** Ends the last step; there may be more later. */
  done(well: boolean): Promise<void>
}

/** CI systems end jobs that fall silent. */
const EVERY_MS = 15_000

export function makePreparing(mode: Mode): Preparing {
  if (mode === 'json') {
    const log = (level: string) => (msg: string) => console.log(JSON.stringify({ type: 'log', level, msg }))
    return { say: log('info'), show: () => {}, warn: log('warn'), done: async () => {} }
  }
  const warn = (text: string): void => console.error(`${chalkStderr.yellow('warning:')} ${text}`)
  return mode === 'tty' ? picture(warn) : lines(warn)
}

function lines(warn: Report['warn']): Preparing {
  let saidAt = 0
  const begun = Date.now()
  return {
    say: text => {
      saidAt = Date.now()
      console.log(text)
    },
    show: line => {
      if (clean(line) === '' || Date.now() - saidAt < EVERY_MS) return
      saidAt = Date.now()
      console.log(`  ${duration((saidAt - begun) / 1000)}: ${clean(line)}`)
    },
    warn,
    done: async () => {},
  }
}

/** One listr2 task after the other, since what comes next is not known. */
function picture(warn: Report['warn']): Preparing {
  let end: ((well: boolean) => void) | undefined
  let show: Report['show'] = () => {}
  let drawn: Promise<unknown> = Promise.resolve()
  const done = async (well: boolean): Promise<void> => {
    end?.(well)
    end = undefined
    await drawn
  }
  return {
    say(title) {
      const before = done(true)
      const over = new Promise<boolean>(resolve => {
        end = resolve
      })
      const task = {
        title,
        task: async (_: unknown, task: { output: string }) => {
          show = line => {
            task.output = clean(line)
          }
          if (!(await over)) throw new Error(title)
        },
      }
      drawn = before.then(() => pictureOf([task]).run()).catch(() => undefined)
    },
    show: line => show(line),
    warn: text => void done(false).then(() => warn(text)),
    done,
  }
}
