import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'

/**
 * The picture is what a terminal shows at the end, so a terminal it is: script(1) gives the demo a pseudo-terminal, and
 * `screen` keeps what a terminal would have kept of its output.
 */
async function picture(columns: number, ...args: string[]): Promise<{ lines: string[]; code: number; raw: string }> {
  const demo = join(import.meta.dir, 'demo.ts')
  const command = `stty cols ${columns} rows 50; exec '${process.execPath}' '${demo}' ${args.join(' ')}`
  const child = Bun.spawn(['script', '--quiet', '--return', '--command', command, '/dev/null'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, CI: '', TERM: 'xterm-256color', NO_COLOR: '1', FORCE_COLOR: '' },
  })
  const raw = await new Response(child.stdout).text()
  return { lines: screen(raw), code: await child.exited, raw }
}

/** A terminal that knows what listr2 uses: new lines, and erasing the line it is on and those above. */
function screen(raw: string): string[] {
  const lines = ['']
  let row = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are made of them
  for (const [part] of raw.replaceAll('\r', '').matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\n|[^\n\u001b]+/g)) {
    if (part === '\n') lines[++row] ??= ''
    else if (part === '\u001b[2K') lines[row] = ''
    else if (part === '\u001b[1A') row--
    else if (!part.startsWith('\u001b')) lines[row] += part
  }
  return lines.map(line => line.trimEnd())
}

describe('the picture on a terminal', () => {
  test('ends with a line for each stage and output, and what was made', async () => {
    const { lines, code } = await picture(100, '--fast')
    expect(code).toBe(0)
    expect(lines.join('\n').replace(/get ready .*/, 'get ready')).toBe(`\
✔ get ready
✔ 00-bootstrap       reused   202.2 MiB  1 min 01 s saved
✔ 10-system          14.2 s    29.6 MiB  config.system.locale: en_GB.UTF-8 → de_DE.UTF-8
✔ 20-kernel      2 min 09 s   383.4 MiB  below it, 10-system is new
– 30-network        skipped              network.wifi is not set
✔ 90-finish           0.4 s    11.7 KiB  below it, 10-system is new
✔ image              33.0 s   171.7 MiB  rpi.img.xz, rpi.img.bmap
✔ deb                 0.2 s    29.3 KiB  rpi_1.0.0_arm64.deb
⚠ the locale has no translation of \`Rootsmith\`

✔ rpi is in out/rpi/ after 2 min 42 s
  rpi.img.xz           171.7 MiB  sha256 3f2a9c81d0e4…
  rpi.img.bmap           2.9 KiB  sha256 9c81d0e43f2a…
  rpi_1.0.0_arm64.deb   29.3 KiB  sha256 d0e43f2a9c81…
  1 of 4 stages reused: 1 min 01 s saved.
  Next: just boot
        just bundle
`)
  }, 20_000)
  test('of a failure keeps the steps that were done, the one that failed and what was left', async () => {
    const { lines, code } = await picture(100, '--fast', '--fail')
    expect(code).toBe(1)
    expect(
      lines
        .join('\n')
        .replace(/get ready .*/, 'get ready')
        .replaceAll(/after [\d.]+ s/g, 'after … s'),
    ).toStartWith(`\
✔ get ready
✔ 00-bootstrap       reused   202.2 MiB  1 min 01 s saved
✖ 10-system     failed after … s
  ✔ Name the machine           0.4 s
  ✖ Generate the locale  failed after … s
  · Set the time zone
· 20-kernel
· 30-network
· 90-finish
· image
· deb
⚠ the locale has no translation of \`Rootsmith\`

✖ 10-system: Generate the locale failed
`)
  }, 20_000)
  test.each([60, 80, 200])(
    'never wraps at %d columns',
    async columns => {
      const { lines, raw } = await picture(columns, '--fast')
      const top = lines.slice(
        0,
        lines.findIndex(line => line.startsWith('⚠')),
      )
      expect(top.length).toBe(8)
      for (const line of raw.replaceAll('\r', '').split('\n')) {
        expect(Bun.stringWidth(Bun.stripANSI(line))).toBeLessThanOrEqual(columns)
      }
    },
    20_000,
  )
  test('is redrawn in single writes that first erase the old one, and the cursor comes back', async () => {
    const { raw } = await picture(80, '--fast')
    expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'))
  }, 20_000)
})
