/** `just clean`: removes results, and with --cache the cache. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from './lib/args.ts'
import { withLock } from './lib/lock.ts'
import { interrupted, main } from './lib/main.ts'
import { projectFolder, shown } from './lib/paths.ts'
import { cacheDir } from './plan/cache.ts'
import { wipe } from './strategy/wipe.ts'

await main(async () => {
  const args = parse({
    name: 'clean',
    about: 'Remove out/ and what killed builds left; with --cache, everything that builds would reuse, too.',
    options: { cache: { about: 'remove layers, tools and downloaded packages, too' } },
    example: 'just clean --cache',
  })
  const cache = cacheDir()
  const wait = {
    what: 'cleaning',
    signal: interrupted,
    onWait: () => console.log('waiting for the builds that are running'),
  }
  await withLock(join(cache, 'locks', 'cache'), wait, async () => {
    const inCache = args.cache ? ['work', 'layers', 'apt', 'handlers', 'logs', 'failed'] : ['work']
    for (const folder of [join(projectFolder(), 'out'), ...inCache.map(name => join(cache, name))]) {
      if (!existsSync(folder)) continue
      await wipe(folder)
      console.log(`removed ${shown(folder)}`)
    }
  })
})
