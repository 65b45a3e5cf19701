/** `just bench`: how long everything takes on this machine, against what it could take. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Bench } from './bench/bench.ts'
import { PARTS, SUITES, wanted } from './bench/parts.ts'
import { ratios } from './bench/ratios.ts'
import { table } from './bench/table.ts'
import { parse } from './lib/args.ts'
import { EXIT } from './lib/errors.ts'
import { withLock } from './lib/lock.ts'
import { interrupted, main, onInterrupt } from './lib/main.ts'
import { projectFolder, shown } from './lib/paths.ts'
import { cacheDir } from './plan/cache.ts'
import { ROOT } from './plan/world.ts'
import { wipe } from './strategy/wipe.ts'

await main(async () => {
  const args = parse({
    name: 'bench',
    about: 'Measure builds on this machine, and compare the trees they make. All of it takes hours.',
    options: {
      part: { about: 'only this', choices: PARTS.map(({ name }) => name), many: true },
      suite: { about: 'only this suite', choices: SUITES, many: true },
      'skip-emulated': { about: 'no emulated builds: the longest part by far' },
      mirror: { about: 'a mirror for list P, without updates and security', value: 'URI' },
      out: { about: 'where bench.json and bench.svg go (default: out/bench)', value: 'DIR' },
      keep: { about: 'write them to .github/, too, where the README shows them from' },
      json: { about: 'print nothing but the JSON, at the end' },
    },
    example: 'just bench --part pi --part image',
  })
  const out = args.out ?? join(projectFolder(), 'out', 'bench')
  const say = (line: string): void => void (args.json || process.stdout.write(`${line}\n`))
  // Its own, since a cache that holds anything would not be cold; and nobody's layers are removed.
  const cache = `${cacheDir()}-bench`
  const wait = { what: 'a bench', signal: interrupted, onWait: () => say('waiting for another bench') }
  return withLock(join(cacheDir(), 'locks', 'bench'), wait, async () => {
    if (existsSync(cache)) await wipe(cache)
    onInterrupt(() => wipe(cache))
    const suites = SUITES.filter(suite => args.suite.length === 0 || args.suite.includes(suite))
    const folders = [out, ...(args.keep ? [join(ROOT, '.github')] : [])]
    const choice = { suites, emulated: !args['skip-emulated'], mirror: args.mirror }
    const bench = await Bench.begin(cache, choice, folders, say)
    for (const { run } of wanted(args.part)) await run(bench)
    bench.report.complete = true
    bench.save()
    const { report } = bench
    const equal = report.identity.every(comparison => comparison.equal)
    // Trees that differ are there to be looked at.
    if (equal) await wipe(cache)
    if (args.json) console.log(JSON.stringify({ ...report, ratios: ratios(report) }))
    else console.log(['', ...table(report), '', `saved in ${shown(out)}: bench.json, bench.svg`].join('\n'))
    if (!equal) say(`the trees that differ are in ${shown(join(cache, 'bench/out'))}`)
    return equal && !report.missing.some(({ failed }) => failed) ? EXIT.ok : EXIT.failed
  })
})
