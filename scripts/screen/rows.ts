/** A row of the terminal's picture: a listr2 task whose promise we resolve when events arrive. */
import chalk from 'chalk'
import type { ListrTask, ListrTaskWrapper } from 'listr2'
import { interrupted } from '../lib/interrupt.ts'
import { amount, cut, duration, share } from './format.ts'

type Wrapper = ListrTaskWrapper<unknown, never, never>
type Progress = { message: string; current?: number; total?: number; unit?: string }

/** Progress is shown in place of output until it has been silent for this long. */
const PROGRESS_STALE_MS = 4000
const BAR_COLUMNS = 24
const RUNNING_CLOCK_S = 1

export class Row {
  /** What the row is called, padded so that what follows lines up. */
  readonly name: string
  private readonly over = Promise.withResolvers<'done' | 'skip'>()
  private task: Wrapper | undefined
  private note = ''
  private began: number | undefined
  private text: string | undefined
  private progress: (Progress & { at: number }) | undefined
  private line = ''
  private hidden: boolean
  settled = false

  /** @param visibility a hidden row is drawn from its `begin` on, and not at all when it had none. */
  constructor(name: string, visibility: 'shown' | 'hidden' = 'shown') {
    this.name = name
    this.hidden = visibility === 'hidden'
    // A row that listr2 never comes to (an earlier one failed) must not count as an unhandled rejection.
    this.over.promise.catch(() => undefined)
  }

  /** Its task; `inner` makes the rows below it, once listr2 has come to it. */
  listr(inner?: () => Promise<Row[]>): ListrTask {
    return {
      // Blank, not empty: listr2 sends what an untitled task says to the bottom of the screen.
      title: this.title() || ' ',
      task: async (_, task) => {
        this.task = task as Wrapper
        this.refresh()
        const rows = (await inner?.()) ?? []
        if (rows.length > 0) {
          // The last one has no title, so it is not drawn: it keeps the task open until the row itself is over.
          return task.newListr([...rows.map(row => row.listr()), { task: () => this.finished(task as Wrapper) }])
        }
        return this.finished(task as Wrapper)
      },
    }
  }

  private async finished(task: Wrapper): Promise<void> {
    if ((await this.over.promise) === 'skip') task.skip(this.title())
  }

  /** From now on its clock runs. @param note said after the clock */
  begin(note = ''): void {
    this.began ??= performance.now()
    this.hidden = false
    this.note = note
    this.refresh()
  }

  /** @param text replaces clock and note; the row is over. */
  finish(text: string, kind: 'done' | 'skip' = 'done'): void {
    this.text = text
    this.settled = true
    this.refresh()
    this.over.resolve(kind)
  }

  fail(): void {
    if (this.settled) return
    this.settled = true
    this.text =
      this.began === undefined
        ? ''
        : chalk.red(`${interrupted.aborted ? 'stopped' : 'failed'} after ${duration(this.seconds())}`)
    this.refresh()
    this.over.reject(new Error('failed'))
  }

  /** What is said below it: a program's last line, or how far something is. */
  say(line: string): void {
    this.line = line
  }

  count(progress: Progress): void {
    this.progress = { ...progress, at: performance.now() }
  }

  private seconds(): number {
    return (performance.now() - (this.began ?? performance.now())) / 1000
  }

  /** Makes a hidden row appear: it has something to say. */
  wake(): void {
    if (this.hidden) this.begin()
  }

  /** The time it has run, as its last word. */
  clock(): string {
    return this.hidden ? '' : chalk.dim(duration(this.seconds()).padStart(CLOCK_COLUMNS))
  }

  private title(): string {
    if (this.hidden) return ''
    if (this.text !== undefined) return this.text === '' ? this.name.trimEnd() : `${this.name}  ${this.text}`
    if (this.began === undefined) return chalk.dim(this.name.trimEnd())
    const clock = this.seconds() < RUNNING_CLOCK_S ? '' : duration(Math.floor(this.seconds())).replace('.0 s', ' s')
    return `${this.name}  ${chalk.dim(`${clock.padStart(CLOCK_COLUMNS)}  ${this.note}`)}`.trimEnd()
  }

  /** Draws what has changed: called a few times a second, since programs may print thousands of lines in one. */
  refresh(columns = process.stdout.columns ?? 80): void {
    if (!this.task) return
    const title = this.title()
    if (this.task.title !== title) this.task.title = title
    if (this.settled) return
    const fresh = this.progress && performance.now() - this.progress.at < PROGRESS_STALE_MS ? this.progress : undefined
    const below = fresh ? progressLine(fresh, columns) : this.line
    if (below !== '' && this.task.output !== below) this.task.output = below
  }
}

/** Wide enough for `59 min 59 s`. */
export const CLOCK_COLUMNS = 11

function progressLine(progress: Progress, columns: number): string {
  const part = share(progress)
  const done = Math.round((part ?? 0) * BAR_COLUMNS)
  // Two characters, so that it can be read without colours.
  const bar = part === undefined ? '' : `${chalk.cyan('━'.repeat(done))}${chalk.dim('─'.repeat(BAR_COLUMNS - done))} `
  const text = [progress.message, amount(progress)].filter(Boolean).join('  ')
  // 8: the indentation of a step's output, its pointer, and a column to spare.
  return `${bar}${cut(text, columns - 8 - (bar === '' ? 0 : BAR_COLUMNS + 1))}`
}
