/** Doing what `just mac-setup` planned, one step after the other. */
import type { ListrTask } from 'listr2'
import { runAlong } from '../lib/along.ts'
import { UserError } from '../lib/errors.ts'
import { interrupted } from '../lib/interrupt.ts'
import { clean } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'
import { pictureOf } from '../screen/picture.ts'
import type { Step } from './mac.ts'
import { answeringEngine } from './mac-facts.ts'

/** Docker Desktop takes about a minute the first time, and may ask for a password. */
const PATIENCE_MS = 180_000
const DELAY_MS = 2000

/** Homebrew: no questions, no advertisements; docs.brew.sh/Manpage, "Environment". */
const QUIET = ['NONINTERACTIVE=1', 'HOMEBREW_NO_ENV_HINTS=1']

/** @throws UserError with the command and its last lines, for the first step that fails; those after it are not begun. */
export async function applySteps(steps: readonly Step[]): Promise<void> {
  let failure: UserError | undefined
  const tasks = steps.map(
    (step): ListrTask => ({
      title: step.title,
      task: async (_, task) => {
        try {
          await perform(step, line => (task.output = line))
        } catch (error) {
          if (error instanceof UserError) failure = error
          // One word: listr2 would print the whole message, and main prints it again.
          throw failure ? new Error('failed') : error
        }
      },
    }),
  )
  await pictureOf(tasks)
    .run()
    .catch(error => {
      throw failure ?? error
    })
}

async function perform({ command, until }: Step, show: (line: string) => void): Promise<void> {
  const isLive = screenMode({ json: false, isTTY: process.stdout.isTTY === true, env: process.env }) === 'tty'
  const { status, last } = await runAlong(['env', ...QUIET, ...command], line => {
    if (isLive) show(clean(line))
  })
  if (status !== 0) {
    const said = last.map(line => `  ${clean(line)}`)
    throw new UserError([`${command.join(' ')} failed (status ${status})`, ...said].join('\n'), {
      hint: 'mend it and run `just mac-setup --apply` again: what is done already is left alone',
    })
  }
  if (until) await engine()
}

async function engine(): Promise<void> {
  const started = Date.now()
  while (!(await answeringEngine())) {
    if (interrupted.aborted) return
    if (Date.now() - started > PATIENCE_MS)
      throw new UserError('the container engine was started, but does not answer', {
        hint: 'look at its window or its log; `docker info` says whether it answers',
      })
    await Bun.sleep(DELAY_MS)
  }
}
