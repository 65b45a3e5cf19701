/** `just cache`: what each layer costs, and making room. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import chalk from 'chalk'
import { parse } from './lib/args.ts'
import { $ } from './lib/bash.ts'
import { UsageError } from './lib/errors.ts'
import { withLock } from './lib/lock.ts'
import { interrupted, main } from './lib/main.ts'
import { cacheDir, type Layer, layerDir, listLayers } from './plan/cache.ts'
import { ago, duration, size } from './screen/format.ts'
import { removeLayers, superseded } from './stage/prune.ts'
import { wipe } from './strategy/wipe.ts'

await main(async () => {
  const args = parse({
    name: 'cache',
    about: 'Show what is in the cache and what it costs; with --prune, remove what was not used for a while.',
    options: {
      prune: { about: 'remove layers that no build can reuse, or that none has used for --days' },
      days: { about: 'for --prune: keep what was used within so many days', value: 'N', default: '14' },
      json: { about: 'print one JSON object' },
    },
    example: 'just cache --prune --days 3',
  })
  if (!/^\d+$/.test(args.days)) throw new UsageError(`--days ${args.days} is not a number of days`)
  const cache = cacheDir()
  if (args.prune) await prune(cache, Number(args.days))
  const layers = listLayers(cache)
  const rows = layers.map(layer => ({ ...layer, used: usedAt(cache, layer) }))
  const total = {
    layers: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    packages: await diskUsage(join(cache, 'apt')),
    work: await diskUsage(join(cache, 'work')),
  }
  if (args.json)
    return void console.log(JSON.stringify({ cache, total, layers: rows.map(({ reads: _, ...row }) => row) }))

  console.log(chalk.bold(cache))
  for (const { id, stage, bytes, seconds, used } of rows.sort((a, b) => (a.stage < b.stage ? -1 : 1))) {
    console.log(
      `  ${id.slice(0, 8)}  ${stage.padEnd(22)} ${size(bytes).padStart(10)}  took ${duration(seconds).padStart(7)}  used ${ago(used, new Date())}`,
    )
  }
  const row = (name: string, bytes: number): void => console.log(`  ${name.padEnd(32)} ${size(bytes).padStart(10)}`)
  row(`${rows.length} layers`, total.layers)
  row("apt's packages", total.packages)
  if (leftovers(cache).length) row('unfinished builds', total.work)
})

/** When a build last used a layer: the time of its layer.json, which a build touches. */
function usedAt(cache: string, { id }: Layer): Date {
  return statSync(join(layerDir(cache, id), 'layer.json')).mtime
}

async function prune(cache: string, days: number): Promise<void> {
  const wait = {
    what: 'pruning',
    signal: interrupted,
    onWait: () => console.log('waiting for the builds that use the cache'),
  }
  await withLock(join(cache, 'locks', 'cache'), wait, async () => {
    const layers = listLayers(cache)
    const oldest = Date.now() - days * 86_400_000
    const gone = new Set([...superseded(layers), ...layers.filter(layer => usedAt(cache, layer).getTime() <= oldest)])
    await removeLayers(cache, [...gone], wipe)
    for (const folder of leftovers(cache)) await wipe(folder)
    const freed = [...gone].reduce((sum, { bytes }) => sum + bytes, 0)
    console.log(`removed ${gone.size} layers, ${size(freed)}`)
  })
}

/** Folders of builds that were killed, and of layers half removed. Nobody works in them: the lock is ours. */
function leftovers(cache: string): string[] {
  const entries = (folder: string): string[] =>
    existsSync(join(cache, folder)) ? readdirSync(join(cache, folder)).map(name => join(cache, folder, name)) : []
  return [...entries('work'), ...entries('layers').filter(folder => !existsSync(join(folder, 'layer.json')))]
}

async function diskUsage(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0
  // As a user, some folders of an unfinished build can't be read from outside the sandbox.
  const { stdout } = await $({ nothrow: true, quiet: true })`du --summarize --block-size=1 ${folder}`
  return Number(stdout.split('\t')[0] ?? 0)
}
