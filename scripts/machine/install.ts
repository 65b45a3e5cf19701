/** Installing Debian packages on the machine itself. */
import type { ListrTask } from 'listr2'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'
import { thisHost } from '../lib/host.ts'
import { interrupted } from '../lib/interrupt.ts'
import { aptPatience, aptWords, backOff } from '../lib/network.ts'
import { clean } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'
import { pictureOf } from '../screen/picture.ts'

/** A mirror that fails now works in a moment, mostly. */
const ATTEMPTS = 3
const DELAY_MS = 2000
const SHOWN_LINES = 20

/** apt's own retries are for single files; another apt that is at work (unattended-upgrades) is waited for. */
const OPTIONS = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0']

/** @throws UserError with the command to type when this user may not install, or with apt's last lines when it fails. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (thisHost() === 'macos')
    throw new UserError('these are packages of Debian, and this is macOS', {
      hint: 'images are built in a container here: `just mac-setup` says what that needs',
    })
  const command = `apt-get install --yes --no-install-recommends ${packages.join(' ')}`
  if (!Bun.which('apt-get')) {
    throw new UserError('there is no apt-get here, so this is not Debian', {
      hint: `install what provides these with your own package manager: ${packages.join(' ')}\nor build in a container: just build --strategy official`,
    })
  }
  const rights = await rightsToInstall()
  if (!rights) {
    const hint = Bun.which('sudo') ? `sudo apt-get update && sudo ${command}` : `as root: apt-get update && ${command}`
    throw new UserError('installing packages takes root', { hint })
  }
  const install = ['install', '--yes', '--no-install-recommends', ...packages]
  let said: string[] = []
  let failure: UserError | undefined
  const tasks: ListrTask[] = [
    {
      title: 'Fetch the package lists',
      // One mirror that fails need not matter; whether it does, the installation tells.
      task: async (_, task) => {
        said = (await apt(rights, ['update'], line => (task.output = line))).lines
      },
    },
    {
      title: `Install ${packages.join(' ')}`,
      task: async (_, task) => {
        for (let attempt = 1; ; attempt++) {
          const { lines, status } = await apt(rights, install, line => (task.output = line))
          if (status === undefined) return
          said.push(...lines)
          if (attempt === ATTEMPTS || interrupted.aborted) {
            failure = failed(status, said)
            throw new Error(status)
          }
          await Bun.sleep(backOff(attempt + 1, DELAY_MS))
          // Most often the lists are why: a mirror that was just being updated.
          said = (await apt(rights, ['update'], line => (task.output = line))).lines
        }
      },
    },
  ]
  // The tasks' own errors are one word: listr2 would print the whole message, and main prints it again.
  await pictureOf(tasks)
    .run()
    .catch(error => {
      throw failure ?? error
    })
}

const failed = (status: string, lines: string[]): UserError =>
  new UserError(
    [`apt-get could not install them (${status})`, ...lines.slice(-SHOWN_LINES).map(line => `  ${line}`)].join('\n'),
    {
      hint: 'is this machine online? does `apt-get update` work?',
    },
  )

/** Words to put before a command, or undefined when neither root nor sudo without a password is to be had. */
async function rightsToInstall(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return []
  if (!Bun.which('sudo')) return undefined
  const allowed = await $({ nothrow: true, quiet: true })`sudo -n true`
  return allowed.exitCode === 0 ? ['sudo', '-n'] : undefined
}

/** @returns what apt printed, and how it failed if it did. */
async function apt(
  rights: string[],
  words: string[],
  show: (line: string) => void,
): Promise<{ lines: string[]; status?: string }> {
  const isLive = screenMode({ json: false, isTTY: process.stdout.isTTY === true, env: process.env }) === 'tty'
  // sudo drops the environment, so env(1) sets it behind it.
  const command = [
    ...rights,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C.UTF-8',
    'apt-get',
    ...OPTIONS,
    // Its proxy is the machine's own affair, and a password has no business in sudo's log.
    ...aptWords(aptPatience()),
    ...words,
  ]
  const lines: string[] = []
  const running = $({ nothrow: true, quiet: true })`${command} 2>&1`
  for await (const line of running) {
    const text = clean(line)
    if (text === '') continue
    lines.push(text)
    if (isLive) show(text)
  }
  const { exitCode, signal } = await running
  return exitCode === 0 ? { lines } : { lines, status: signal ?? `status ${exitCode}` }
}
