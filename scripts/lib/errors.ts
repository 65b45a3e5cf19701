/** Exit codes, the same for every verb. */
export const EXIT = { ok: 0, failed: 1, usage: 2, noStrategy: 3, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export type Where = { file: string; line?: number | undefined }

/**
 * Something the user can act on: printed as `✖ file:line: message` and the hint, without a stack.
 * Anything else that is thrown is a bug and prints one.
 */
export class UserError extends Error {
  override name = 'UserError'
  readonly hint: string | undefined
  readonly where: Where | undefined
  readonly exitCode: ExitCode

  constructor(
    message: string,
    options: { hint?: string | undefined; where?: Where | undefined; exitCode?: ExitCode } = {},
  ) {
    super(message)
    this.hint = options.hint
    this.where = options.where
    this.exitCode = options.exitCode ?? EXIT.failed
  }
}

/** One problem in a configuration; a file may have many, and all are shown at once. */
export type Problem = { where: Where; key: string; message: string; hint?: string | undefined }

/** Bad usage or a bad config file: exit code 2. */
export class ConfigError extends UserError {
  override name = 'ConfigError'
  readonly problems: Problem[]

  constructor(problems: Problem[]) {
    const first = problems[0]
    super(first ? `${first.key ? `${first.key}: ` : ''}${first.message}` : 'bad configuration', {
      hint: first?.hint,
      where: first?.where,
      exitCode: EXIT.usage,
    })
    this.problems = problems
  }
}

/** Bad words on the command line: exit code 2. */
export class UsageError extends UserError {
  override name = 'UsageError'
  constructor(message: string, hint?: string) {
    super(message, { hint, exitCode: EXIT.usage })
  }
}

/** No strategy can build here: exit code 3, a reason for each. */
export class NoStrategyError extends UserError {
  override name = 'NoStrategyError'
  readonly reasons: { strategy: string; reason: string; hint?: string | undefined }[]
  constructor(reasons: { strategy: string; reason: string; hint?: string | undefined }[]) {
    super('no way to build on this machine', { hint: 'run `just doctor` for what to do', exitCode: EXIT.noStrategy })
    this.reasons = reasons
  }
}

/** Ctrl-C or SIGTERM: exit code 130. */
export class Interrupted extends UserError {
  override name = 'Interrupted'
  constructor() {
    super('interrupted', { exitCode: EXIT.interrupted })
  }
}

/** A step of a stage (or an output) failed: exit code 1. Everything the screen needs to say where, what and why. */
export class StepError extends UserError {
  override name = 'StepError'
  readonly detail: StepFailure
  readonly log: StepLog
  constructor(detail: StepFailure, log: StepLog = {}) {
    super(detail.message, { hint: detail.hint, where: { file: detail.file }, exitCode: EXIT.failed })
    this.detail = detail
    this.log = log
  }
}

/** What the driver adds to a failure: where its log is, and what was built, for the way to a shell. */
export type StepLog = {
  /** build.log, whole; the last lines are read from it. */
  file?: string | undefined
  /** The config's path, for `just shell CONFIG STAGE`. */
  config?: string | undefined
  /** It was built in a container, and this machine has no shell into it. */
  remote?: boolean
}

export type StepFailure = {
  /** Stage folder name (`10-system`), or `output`. */
  stage: string
  /** Title of the step or name of the output. */
  title: string
  /** The script's path, relative to where the user stands when possible. */
  file: string
  message: string
  /** The command that failed, as typed in the step, and its exit status or signal. */
  command?: string | undefined
  status?: string | undefined
  hint?: string | undefined
}
