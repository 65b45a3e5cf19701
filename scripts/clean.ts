/** `just clean`: removes results, and with --cache the cache. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findEngine } from './container/engine.ts'
import { removeLeftovers } from './container/leftovers.ts'
import { cacheVolume, removeVolume } from './container/volume.ts'
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
    options: {
      cache: { about: 'remove layers, tools and downloaded packages, too, and the cache of builds in containers' },
    },
    example: 'just clean --cache',
  })
  const cache = cacheDir()
  const engine = await findEngine()
  if ('program' in engine) {
    const left = await removeLeftovers(engine)
    if (left > 0) console.log(`removed ${left} container${left === 1 ? '' : 's'} of builds that were killed`)
    if (args.cache && (await removeVolume(engine)))
      console.log(`removed the volume ${cacheVolume()} of ${engine.program}`)
  }
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
