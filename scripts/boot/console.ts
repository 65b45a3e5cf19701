/** What the lines of a serial console say about how a boot goes. */
import { clean } from '../screen/format.ts'

export type Verdict = { kind: 'done'; text: string } | { kind: 'failed'; reason: string; hint: string }

/** Lines after which no `[first-boot]` line will come. */
const ENDS: { pattern: RegExp; reason: string; hint: string }[] = [
  {
    pattern: /Kernel panic - not syncing: (.*)/,
    reason: 'the kernel panicked',
    hint: 'no init: is systemd-sysv in the rootfs? no root: does cmdline.txt name the right partition?',
  },
  {
    pattern: /ALERT! +(\S+ does not exist)/,
    reason: 'the initrd did not find the root file system',
    hint: 'root= in cmdline.txt must name the second partition, and the initrd must have the driver of its bus',
  },
  {
    pattern: /(You are in emergency mode|Cannot open access to console, the root account is locked)/,
    reason: 'the system went into emergency mode',
    hint: 'a mount or a service that everything needs failed: look for `[FAILED]` and `[DEPEND]` in the log',
  },
  {
    pattern: /(\(initramfs\)|Target filesystem doesn't have requested)/,
    reason: 'the initrd could not hand over to the root file system',
    hint: 'there is no init where it looks: /sbin/init comes with systemd-sysv',
  },
  {
    pattern: /systemd\[1\]: (Freezing execution)/,
    reason: 'systemd gave up',
    hint: 'the line before it in the log says why',
  },
]

/**
 * @param line one line of the console.
 * @returns the end, when this line is it.
 */
export function judge(line: string): Verdict | undefined {
  const text = clean(line)
  const marker = /\[first-boot\] (done|failed)\b:?\s*(.*)/.exec(text)
  if (marker?.[1] === 'done') return { kind: 'done', text: marker[2] ?? '' }
  if (marker) {
    return {
      kind: 'failed',
      reason: `first boot failed: ${marker[2]?.trim()}`,
      hint: 'the `[first-boot]` lines in the log say why',
    }
  }
  for (const { pattern, reason, hint } of ENDS) {
    const match = pattern.exec(text)
    if (match) return { kind: 'failed', reason: `${reason}: ${match[1]}`, hint }
  }
  return undefined
}

/** @returns what follows `[first-boot] ` on a line. */
export const firstBootText = (line: string): string | undefined =>
  /\[first-boot\] (.*)/.exec(clean(line))?.[1]?.trimEnd()

/** Cuts a stream into lines; a carriage return alone does not end one. */
export class Lines {
  private rest = ''
  constructor(private readonly each: (line: string) => void) {}

  push(chunk: string): void {
    const parts = (this.rest + chunk).split('\n')
    this.rest = parts.pop() ?? ''
    for (const line of parts) this.each(line.replace(/\r+$/, ''))
  }

  /** A line that has not ended: a shell's prompt never does. */
  get open(): string {
    return this.rest
  }

  /** What came without an end: a prompt, or the last words of a machine that was stopped. */
  end(): void {
    if (this.rest) this.each(this.rest)
    this.rest = ''
  }
}
