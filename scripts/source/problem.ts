/** What a program said when it failed, as an error about the file it worked on. */
import { realpathSync } from 'node:fs'
import type { ProcessPromise } from 'zx'
import { UserError } from '../lib/errors.ts'
import type { Context } from '../stage/context.ts'

/** What reading a rootfs needs of a step's context. */
export type Unpack = Pick<Context, 'tools' | 'rootfs' | 'work' | 'log' | 'progress'>

const OUTSIDE = `/proc/${process.pid}/root`

/**
 * The path of a runner's file for `tools`, which run in a root of their own, by way of our process: proc_pid_root(5). An absolute
 * link on the way would lead into their root.
 */
export const seen = (path: string): string => OUTSIDE + realpathSync(path)
/** As the user knows it. */
export const unseen = (text: string): string => text.replaceAll(OUTSIDE, '')

/** What GNU tar and decompressors say after the reason. */
const AFTERMATH = /Exiting with failure|Error is not recoverable|Child returned status|^\s*$/
/** What they say all the same. */
const HARMLESS = /tar: Removing leading|tar: checkpoint |mtab file/

/** @param shown how the user knows the file. @throws UserError with the first reason that a program of `work` gave. */
export async function orExplain<T>(work: ProcessPromise, shown: string, then: () => T, hint?: string): Promise<T> {
  const done = await work.nothrow()
  if (done.exitCode === 0) return then()
  const lines = done.stderr.split('\n').filter(line => !AFTERMATH.test(line) && !HARMLESS.test(line))
  const reason = unseen(lines[0] ?? '').trim() || `a command ended with status ${done.exitCode}`
  throw new UserError(`${shown} cannot be read: ${reason}`, { hint })
}
