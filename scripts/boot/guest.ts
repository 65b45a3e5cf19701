/** Runs QEMU until the console has said how the boot went. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
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

export type Guest = {
  /** qemu and its arguments; it writes the console to `console`. */
  command: string[]
  /** A file. Not a pipe: a guest whose console nobody reads for a moment stands still, and some never go on. */
  console: string
  /** Where QEMU's own complaints go, beside the console. */
  complaints: string
  /** Limit for the verdict. */
  seconds: number
  onLine(line: string): void
}

/** Lines kept for the error: what led to the end, and the beginning of what came after it (a panic's trace is long). */
const LAST = 20
const AFTER = 8
/** Switching off takes a guest seconds; past this it hangs, and its file system is repaired from the journal. */
const POWER_OFF_SECONDS = 90
const POLL_MS = 200

export async function runGuest({ command, console, complaints, seconds, onLine }: Guest): Promise<Outcome> {
  const started = Date.now()
  const last: string[] = []
  let verdict: Verdict | undefined
  let took: number | undefined
  let end = Number.POSITIVE_INFINITY

  writeFileSync(console, '')
  const errors = openSync(complaints, 'w')
  // The kernel ends QEMU when we are killed, however that happens.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', errors, errors] })
  closeSync(errors)
  let status: string | undefined
  child.on('error', error => {
    status = error.message
  })
  child.on('exit', (code, signal) => {
    status = signal ?? `status ${code}`
  })
  const stop = (): void => void child.kill('SIGKILL')
  const forget = onInterrupt(stop)

  const decide = (found: Verdict | undefined): void => {
    if (!found || verdict) return
    verdict = found
    took = Math.round((Date.now() - started) / 1000)
    // Some lines more after a failure: a panic's trace says more than its first line.
    end = Date.now() + (found.kind === 'done' ? POWER_OFF_SECONDS * 1000 : 3000)
  }
  const lines = new Lines(line => {
    if (!verdict || last.length < LAST + AFTER) last.push(clean(line))
    if (!verdict && last.length > LAST) last.shift()
    onLine(line)
    decide(judge(line))
  })
  const file = openSync(console, 'r')
  const text = new TextDecoder()
  const piece = Buffer.alloc(1 << 16)
  const read = (): void => {
    for (let bytes = readSync(file, piece); bytes > 0; bytes = readSync(file, piece))
      lines.push(text.decode(piece.subarray(0, bytes), { stream: true }))
    // A marker counts when its line is whole; a prompt's line never is.
    if (lines.open.includes('(initramfs)')) decide(judge(lines.open))
  }
  while (status === undefined) {
    await Bun.sleep(POLL_MS)
    read()
    if (Date.now() - started > seconds * 1000) decide(overdue(seconds))
    if (Date.now() > end) stop()
  }
  read()
  lines.end()
  closeSync(file)
  forget()
  interrupted.throwIfAborted()
  return {
    verdict: verdict ?? early(status, readFileSync(complaints, 'utf8').trim()),
    seconds: took ?? Math.round((Date.now() - started) / 1000),
    last,
    clean: status === 'status 0',
  }
}

const overdue = (seconds: number): Verdict => ({
  kind: 'failed',
  reason: `no \`[first-boot] done\` within ${seconds} s`,
  hint: 'give it longer with --timeout',
})

const early = (status: string, complaint: string): Verdict => ({
  kind: 'failed',
  reason: `QEMU ended before the first boot was over (${status})`,
  hint: complaint || 'the machine was reset or switched off: the lines above say why',
})
