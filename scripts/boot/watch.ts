/** What a boot shows while it runs: lines that stay, and on a terminal one that changes. */
import { clean, cut, duration } from '../screen/format.ts'
import { screenMode } from '../screen/mode.ts'

export type Watch = {
  /** Stays on the screen. */
  say(text: string): void
  /** The console's newest line, shown where it can be replaced. */
  line(text: string): void
  /** Takes the changing line away. */
  done(): void
}

/** @param json nothing but the result is printed then. */
export function makeWatch(json: boolean, stream: NodeJS.WriteStream = process.stdout): Watch {
  const mode = screenMode({ json, isTTY: stream.isTTY, env: process.env })
  const started = Date.now()
  let newest = ''
  let timer: ReturnType<typeof setInterval> | undefined
  const erase = (): void => void (timer && stream.write('\r\x1b[K'))
  const draw = (): void => {
    const text = `${duration(Math.floor((Date.now() - started) / 1000))}  ${newest}`
    stream.write(`\r\x1b[K${cut(text, (stream.columns || 80) - 1)}`)
  }
  return {
    say(text) {
      if (mode === 'json') return
      erase()
      stream.write(`${text}\n`)
      if (timer) draw()
    },
    line(text) {
      newest = clean(text).trim() || newest
      if (mode === 'tty') timer ??= setInterval(draw, 250)
    },
    done() {
      erase()
      clearInterval(timer)
      timer = undefined
    },
  }
}
