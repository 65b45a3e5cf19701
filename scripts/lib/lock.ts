/**
 * A lock between processes that cannot outlive its holder, even under kill -9.
 *
 * flock(1) takes it on the file and then becomes a `cat` that reads a pipe from us: when we end, however we end, the
 * kernel closes the pipe, cat reads its end, and with cat the lock goes. A pid file alone would have to guess whether the
 * pid still means the same process, and a lock file that must be removed is left behind by the first crash.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from './errors.ts'

/** Who holds a lock, as they wrote into its file. */
export type Holder = { pid: number; since: Date; what: string }

export type LockOptions = {
  /** Many may hold it shared at once, one exclusively. Default: exclusive. */
  mode?: 'exclusive' | 'shared'
  /** Called once, when somebody else has it. The holder is unknown while they are about to write who they are. */
  onWait?: (holder: Holder | undefined) => void
  /** Ends the waiting by rejecting with its reason. One that is aborted from the start means: now, or not at all. */
  signal?: AbortSignal
  /** What we do with it, for those who wait: `just build config/rpi.yaml`. */
  what?: string
}

/** flock's own exit status for `somebody else has it`; its other statuses are sysexits(3). */
const BUSY = 75
/**
 * How long one attempt waits in flock(2), where it does not see our end: a waiter that is killed leaves an idle process
 * for at most this long. The lock's release is noticed at once all the same.
 */
const ATTEMPT_SECONDS = 2

/**
 * Runs `fn` while holding the lock on `file`, which is made if need be and never removed: removing it would let two
 * processes lock two files of the same name.
 * @throws UserError when the file cannot be made or opened.
 */
export async function withLock<T>(file: string, options: LockOptions, fn: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true }).catch(refused(file))
  const release = (await attempt(file, options, 0)) ?? (await wait(file, options))
  try {
    // In place: a rename would leave the lock on a file without a name.
    await writeFile(
      file,
      `${JSON.stringify({ pid: process.pid, since: new Date(), what: options.what ?? '' })}\n`,
    ).catch(refused(file))
    return await fn()
  } finally {
    await release()
  }
}

async function wait(file: string, options: LockOptions): Promise<() => Promise<void>> {
  options.signal?.throwIfAborted()
  options.onWait?.(await holder(file))
  for (;;) {
    options.signal?.throwIfAborted()
    const release = await attempt(file, options, ATTEMPT_SECONDS)
    if (release) return release
  }
}

/** @returns how to release it, or undefined when somebody else had it all the time. */
async function attempt(
  file: string,
  options: LockOptions,
  seconds: number,
): Promise<(() => Promise<void>) | undefined> {
  const patience = seconds === 0 ? ['--nonblock'] : ['--timeout', String(seconds)]
  const mode = options.mode === 'shared' ? '--shared' : '--exclusive'
  // --no-fork: flock becomes the command, which then is all that holds the lock. The echo says that it does.
  const words = [
    mode,
    ...patience,
    '--conflict-exit-code',
    String(BUSY),
    '--no-fork',
    file,
    'sh',
    '-c',
    'echo && exec cat >&2',
  ]
  // Its own session: a Ctrl-C in the terminal must not take the lock from us before we are done.
  const child = spawn('flock', words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const abort = (): void => void child.kill('SIGKILL')
  options.signal?.addEventListener('abort', abort)
  try {
    const { locked, status, output } = await outcome(child)
    // First, even when aborted meanwhile: a lock that nobody releases would be worse.
    if (locked) return () => end(child)
    options.signal?.throwIfAborted()
    if (status === BUSY) return undefined
    throw refused(file)(new Error(output.trim() || `flock ended with status ${status}`))
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

type Outcome = { locked: boolean; status?: number | null; output: string }

function outcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr?.on('data', chunk => {
      output += chunk
    })
    child.stdout?.once('data', () => resolve({ locked: true, output }))
    child.once('error', error =>
      reject(new UserError(`cannot run flock: ${error.message}`, { hint: 'install util-linux' })),
    )
    child.once('close', status => resolve({ locked: false, status, output }))
  })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.stdin?.end()
  })
}

/** Who holds the lock, or held it last. */
export async function holder(file: string): Promise<Holder | undefined> {
  try {
    const { pid, since, what } = JSON.parse(await readFile(file, 'utf8'))
    return { pid: Number(pid), since: new Date(since), what: String(what) }
  } catch {
    return undefined
  }
}

const refused =
  (file: string) =>
  (error: Error): never => {
    throw new UserError(`cannot lock ${file}: ${error.message}`, {
      hint: 'does the folder belong to you? another user may have made it',
    })
  }
