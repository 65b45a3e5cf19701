/** Pulling images: several at once up to a limit, and the same one only once at a time. */

import { runAlong } from '../lib/along.ts'
import { clean } from '../screen/format.ts'
import { dieWithUs, type Engine } from './engine.ts'
import { type ContainerError, explain } from './errors.ts'

/** Registries slow down who asks for more. */
const AT_ONCE = 3
/** A registry that accepts the connection and then says nothing. */
const SILENT_MS = 90_000

const running = new Map<string, Promise<void>>()
let free = AT_ONCE
const waiting: (() => void)[] = []

/**
 * @param show is called with what the engine says, for the screen.
 * @throws ContainerError, Interrupted
 */
export function pull(engine: Engine, image: string, show: (line: string) => void = () => {}): Promise<void> {
  const key = `${engine.program} ${image}`
  const already = running.get(key)
  if (already) return already
  const started = inTurn(() => pullNow(engine, image, show)).finally(() => running.delete(key))
  running.set(key, started)
  return started
}

async function pullNow(engine: Engine, image: string, show: (line: string) => void): Promise<void> {
  const words = [...dieWithUs(), engine.program, 'pull', image]
  const { status, stderr } = await runAlong(words, line => show(clean(line)), { silentMs: SILENT_MS })
  if (status !== 0) throw pullError(image, stderr, status)
}

export const pullError = (image: string, said: string, status: number): ContainerError =>
  explain(`${image} can't be pulled`, said, 'image not found', status)

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--
  else await new Promise<void>(resolve => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}
