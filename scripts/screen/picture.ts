/** How listr2 draws: its icons and colours, and what is not its business. */
import chalk from 'chalk'
import { ListrDefaultRendererLogLevels as Level, Listr, type ListrTask } from 'listr2'

const dim = (text?: string): string => chalk.dim(text ?? '')

export function pictureOf(tasks: ListrTask[]): Listr {
  return new Listr(tasks, {
    renderer: 'default',
    // main decides what Ctrl-C does; listr2 would end the process with 127.
    registerSignalListeners: false,
    rendererOptions: {
      // A wrapped line would make the picture jump.
      formatOutput: 'truncate',
      // A stage that is done is one line.
      collapseSubtasks: true,
      showErrorMessage: false,
      icon: {
        [Level.SKIPPED_WITH_COLLAPSE]: '–',
        [Level.WAITING]: '·',
        [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: '·',
        [Level.FAILED_WITH_FAILED_SUBTASKS]: '✖',
      },
      color: {
        [Level.SKIPPED_WITH_COLLAPSE]: dim,
        [Level.PENDING]: text => chalk.cyan(text ?? ''),
        [Level.WAITING]: dim,
        [Level.OUTPUT]: dim,
        [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: dim,
      },
    },
  })
}
