/** Values that can be found again wherever they get to, and who looks for them: in text, in folders, in the process list. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** By what they are of: 24 letters that nothing else has. */
export type Canaries = Record<string, string>

export const canariesFor = (...names: string[]): Canaries =>
  Object.fromEntries(names.map(name => [name, `Qz${randomBytes(11).toString('hex')}`]))

/** As they are, in hexadecimal digits, and in base64 whatever stands before them. */
function spellings(canaries: Canaries): [name: string, text: string][] {
  return Object.entries(canaries).flatMap(([name, value]): [string, string][] => [
    [name, value],
    [`${name} in hex`, Buffer.from(value).toString('hex')],
    // The first and the last group are mixed with what is beside them.
    ...[0, 1, 2].map((before): [string, string] => [
      `${name} in base64`,
      Buffer.from(' '.repeat(before) + value)
        .toString('base64')
        .slice(before === 0 ? 0 : 4, -4),
    ]),
  ])
}

/** The canaries that a text has. */
export const found = (canaries: Canaries, text: string): string[] =>
  spellings(canaries).flatMap(([name, value]) => (text.includes(value) ? [name] : []))

/** Every file below that has one, in its name or in itself: `wifi etc/x.conf`. */
export function foundBelow(canaries: Canaries, folder: string): string[] {
  const all = spellings(canaries)
  const place = mkdtempSync(join(tmpdir(), 'rootsmith-canaries-'))
  const patterns = join(place, 'patterns')
  writeFileSync(patterns, all.map(([, value]) => `${value}\n`).join(''))
  const run = (...words: string[]): string[] =>
    Bun.spawnSync(words, { stderr: 'ignore' }).stdout.toString('utf8').split('\n').filter(Boolean)
  const inside = run('grep', '-raoF', '--null', '-f', patterns, '--devices=skip', folder)
  const named = run('find', folder, '-mindepth', '1', '-printf', '%P\n').map(path => `${join(folder, path)}\0${path}`)
  rmSync(place, { recursive: true })
  const hits = [...inside, ...named].flatMap(line => {
    const [path = '', text = ''] = line.split('\0')
    return all.flatMap(([name, value]) => (text.includes(value) ? [`${name} ${relative(folder, path)}`] : []))
  })
  return [...new Set(hits)].sort()
}

export type Watch = {
  /** Ends it. `lines`: command lines that had one. `environments`: programs whose environment had one, and their root folder. */
  end(): Promise<{ lines: string[]; environments: string[]; looks: number }>
}

/** Looks at all processes, over and over, until it is ended. */
export async function watchProcesses(canaries: Canaries): Promise<Watch> {
  const watcher = Bun.spawn([process.execPath, '-e', WATCH], { stdin: 'pipe', stdout: 'pipe', env: {} })
  watcher.stdin.write(`${JSON.stringify(spellings(canaries))}\n`)
  await watcher.stdin.flush()
  return {
    async end() {
      watcher.stdin.end()
      return JSON.parse(await new Response(watcher.stdout).text())
    },
  }
}

/** By itself, so that it has no canary in its own environment and nothing else to do. */
const WATCH = `
const { readdirSync, readFileSync, readlinkSync } = require('node:fs')
const read = file => { try { return readFileSync(file, 'latin1') } catch { return '' } }
const link = file => { try { return readlinkSync(file) } catch { return '?' } }
let going = true
let looks = 0
const lines = new Set(), environments = new Set()
const input = Bun.stdin.stream().getReader()
const spellings = JSON.parse(new TextDecoder().decode((await input.read()).value))
input.read().then(() => { going = false })
while (going) {
  for (const pid of readdirSync('/proc')) {
    if (!/^\\d+$/.test(pid)) continue
    const line = read('/proc/' + pid + '/cmdline')
    for (const [name, value] of spellings) if (line.includes(value)) lines.add(name + ': ' + line.replaceAll('\\0', ' '))
    const environment = read('/proc/' + pid + '/environ')
    if (spellings.some(([, value]) => environment.includes(value)))
      environments.add(line.split('\\0')[0] + ' in ' + link('/proc/' + pid + '/root'))
  }
  looks++
  await Bun.sleep(1)
}
console.log(JSON.stringify({ lines: [...lines], environments: [...environments].sort(), looks }))
`
