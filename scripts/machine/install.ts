/** Installing Debian packages on the machine itself. */
import { $ } from 'zx'
import { UserError } from '../lib/errors.ts'
import { clean } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'
import { pictureOf } from '../screen/picture.ts'

/** A mirror that fails now works in a moment, mostly. */
const ATTEMPTS = 3
const DELAY_MS = 3000
const SHOWN_LINES = 20

/** apt's own retries are for single files; another apt that is at work (unattended-upgrades) is waited for. */
const OPTIONS = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0']

/** @throws UserError with the command to type when this user may not install, or with apt's last lines when it fails. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const command = `apt-get install --yes --no-install-recommends ${packages.join(' ')}`
  if (!Bun.which('apt-get')) {
    throw new UserError('there is no apt-get here, so this is not Debian', {
      hint: `install what provides these with your own package manager: ${packages.join(' ')}\nor build in a container: just build --strategy official`,
    })
  }
  const rights = await rightsToInstall()
  if (!rights) throw new UserError('installing packages takes root', { hint: `sudo apt-get update && sudo ${command}` })

  await pictureOf([
    { title: 'Fetch the package lists', task: (_, task) => apt(rights, ['update'], line => (task.output = line)) },
    {
      title: `Install ${packages.join(' ')}`,
      task: (_, task) =>
        apt(rights, ['install', '--yes', '--no-install-recommends', ...packages], line => (task.output = line)),
    },
  ]).run()
}

/** Words to put before a command, or undefined when neither root nor sudo without a password is to be had. */
async function rightsToInstall(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return []
  if (!Bun.which('sudo')) return undefined
  const allowed = await $({ nothrow: true, quiet: true })`sudo -n true`
  return allowed.exitCode === 0 ? ['sudo', '-n'] : undefined
}

async function apt(rights: string[], words: string[], show: (line: string) => void): Promise<void> {
  const isLive = screenMode({ json: false, isTTY: process.stdout.isTTY === true, env: process.env }) === 'tty'
  // sudo drops the environment, so env(1) sets it behind it.
  const command = [
    ...rights,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'LC_ALL=C.UTF-8',
    'apt-get',
    ...OPTIONS,
    ...words,
  ]
  for (let attempt = 1; ; attempt++) {
    const lines: string[] = []
    const running = $({ nothrow: true, quiet: true })`${command} 2>&1`
    for await (const line of running) {
      const text = clean(line)
      if (text === '') continue
      lines.push(text)
      if (isLive) show(text)
    }
    const { exitCode, signal } = await running
    if (exitCode === 0) return
    if (signal || attempt === ATTEMPTS) {
      throw new UserError(`apt-get ${words[0]} failed (${signal ?? `status ${exitCode}`})`, {
        hint: [...lines.slice(-SHOWN_LINES), 'is this machine online? `apt-get update` must work'].join('\n'),
      })
    }
    await Bun.sleep(DELAY_MS)
  }
}
