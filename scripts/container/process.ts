/** Names of processes that no other process will ever have: a pid alone is given away again. */
import { existsSync, readFileSync } from 'node:fs'

/** `PID-START`, where START is when it began (field 22 of /proc/PID/stat, proc(5)); undefined when there is none. */
export function processName(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return isAlive(pid) ? `${pid}-0` : undefined
  if (!existsSync(`/proc/${pid}/stat`)) return undefined
  // The second field is a name, which may hold anything but ends with the last `)`.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)?.trim().split(' ')
  return `${pid}-${fields?.[19]}`
}

export const isRunning = (name: string): boolean => processName(Number.parseInt(name, 10)) === name

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
