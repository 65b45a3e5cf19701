/** `just build`: from a config to the files in out/<name>/. */
import { OPTIONS, parse } from './lib/args.ts'
import { main } from './lib/main.ts'
import { buildAndShow } from './strategy/build.ts'

await main(async () => {
  const args = parse({
    name: 'build',
    about: 'Build what a config describes. Stages that nothing changed for are reused.',
    words: ['config'],
    options: OPTIONS,
    example: 'just build config/rpi.yaml --set system.hostname=pi4',
  })
  await buildAndShow(args)
})
