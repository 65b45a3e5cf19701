/** On Windows a verb does its work in a distribution of WSL: it runs itself again there, with the same words. */
import { spawn } from 'node:child_process'
import { relative } from 'node:path'
import { EXIT, UserError } from './errors.ts'
import { isWindows, thisHost } from './host.ts'
import { wslShare } from './host-path.ts'
import { onInterrupt } from './interrupt.ts'
import { home } from './paths.ts'
import { chooseDistribution, parseDistributions, wslArguments, wslEnvironment } from './wsl.ts'

/**
 * @returns the exit code of the verb in WSL; undefined where it is to run right here.
 * @throws UserError with exit code 3 where WSL has nothing to build in, UsageError for a wrong ROOTSMITH_WSL_DISTRO.
 */
export async function rerunInLinux(): Promise<number | undefined> {
  if (!isWindows(thisHost())) return undefined
  const words = process.argv.slice(2)
  // Help is the same everywhere, and wanted before anything is installed.
  if (words.includes('--help') || words.includes('-h')) return undefined
  const program = Bun.which('wsl.exe')
  if (!program) {
    throw new UserError('building takes Linux, and there is no WSL on this machine', {
      hint: 'in PowerShell: wsl --install -d Debian',
      exitCode: EXIT.noStrategy,
    })
  }
  // Whatever it says instead of a list, and with whatever status: there is nothing then.
  const env = { ...process.env, WSL_UTF8: '1' }
  const { stdout } = Bun.spawnSync([program, '--list', '--verbose'], { env, stderr: 'ignore' })
  const asked = process.env.ROOTSMITH_WSL_DISTRO || wslShare(home)?.distribution
  const { name } = chooseDistribution(parseDistributions(stdout), asked)
  const call = { distribution: name, home, script: relative(home, process.argv[1] ?? ''), words }
  return await run(program, wslArguments(call))
}

function run(program: string, args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: wslEnvironment(process.env) })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(code ?? EXIT.failed))
  })
  // A console's Ctrl-C reaches the child as well: it cleans up, and we go after it.
  onInterrupt(() => ended)
  return ended
}
