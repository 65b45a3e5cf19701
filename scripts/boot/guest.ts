/** Runs QEMU until the console has said how the boot went. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { interrupted, onInterrupt } from '../lib/interrupt.ts'
import { clean } from '../screen/format.ts'
import { judge, Lines, type Verdict } from './console.ts'

export type Outcome = {
  verdict: Verdict
  /** Seconds from QEMU's start to the verdict. */
  seconds: number
  /** The console's last lines, without escape sequences. */
  last: string[]
  /** Whether the guest switched itself off, and so closed its file systems. */
  clean: boolean
}

const LAST = 20
/** Switching off takes a guest seconds; past this it hangs, and its file system is repaired from the journal. */
const POWER_OFF_SECONDS = 90

/**
 * @param command qemu and its arguments; its stdout is the console. @param log where the console is written, whole.
 * @param seconds limit for the verdict. @param onLine is told each line.
 */
export async function runGuest(
  command: string[],
  log: string,
  seconds: number,
  onLine: (line: string) => void,
): Promise<Outcome> {
  const started = Date.now()
  const file = createWriteStream(log)
  const last: string[] = []
  let verdict: Verdict | undefined
  let took: number | undefined
  let afterwards: ReturnType<typeof setTimeout> | undefined
  let complaint = ''

  // The kernel ends QEMU when we are killed, however that happens.
  const [program = '', ...args] = ['setpriv', '--pdeathsig', 'KILL', ...command]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const stop = (): void => void child.kill('SIGKILL')
  const forget = onInterrupt(stop)

  const decide = (found: Verdict): void => {
    if (verdict) return
    verdict = found
    took = Math.round((Date.now() - started) / 1000)
    clearTimeout(limit)
    // Some lines more after a failure: a panic's trace says more than its first line.
    afterwards = setTimeout(stop, found.kind === 'done' ? POWER_OFF_SECONDS * 1000 : 3000)
  }
  const limit = setTimeout(
    () =>
      decide({
        kind: 'failed',
        reason: `no \`[first-boot] done\` within ${seconds} s`,
        hint: 'give it longer with --timeout',
      }),
    seconds * 1000,
  )
  const lines = new Lines(line => {
    last.push(clean(line))
    if (last.length > LAST) last.shift()
    onLine(clean(line))
    const found = judge(line)
    if (found) decide(found)
  })
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    file.write(chunk)
    lines.push(chunk)
    const found = judge(lines.open)
    // A marker is complete only with its line; a prompt is never.
    if (found && lines.open.includes('(initramfs)')) decide(found)
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk
    file.write(chunk)
  })

  const status = await new Promise<string>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('close', (code, signal) => resolve(signal ?? `status ${code}`))
  })
  forget()
  clearTimeout(limit)
  clearTimeout(afterwards)
  lines.end()
  await new Promise(resolve => file.end(resolve))
  interrupted.throwIfAborted()
  return {
    verdict: verdict ?? {
      kind: 'failed',
      reason: `QEMU ended before the first boot was over (${status})`,
      hint: complaint.trim() || 'the machine was reset or switched off: the lines above say why',
    },
    seconds: took ?? Math.round((Date.now() - started) / 1000),
    last,
    clean: status === 'status 0',
  }
}
