/** `just plan`: what a build would run, what is cached, and why not. Writes nothing and runs nothing. */
import { OPTIONS, parse } from './lib/args.ts'
import { NoStrategyError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { planLines } from './plan/explain.ts'
import { loadRequest } from './plan/load.ts'
import { planHere } from './strategy/native.ts'
import { pickStrategy } from './strategy/pick.ts'

await main(async () => {
  const { verbose: _, 'profile-foreign': __, ...options } = OPTIONS
  const args = parse({
    name: 'plan',
    about: 'Say what a build would run, what is cached, and why not. Writes nothing and runs nothing.',
    words: ['config'],
    options,
    example: 'just plan config/rpi.yaml --set system.locale=de_DE.UTF-8',
  })
  const request = await loadRequest(args)
  const plan = await pickStrategy(args.strategy, request.loaded.config).then(
    picked => picked.plan(request),
    // A plan is good to look at on a machine that can't build it, too.
    error => (error instanceof NoStrategyError ? planHere(request, 'none') : Promise.reject(error)),
  )
  process.stdout.write(args.json ? `${JSON.stringify(plan, null, 2)}\n` : `${planLines(plan).join('\n')}\n`)
})
