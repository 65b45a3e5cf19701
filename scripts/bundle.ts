/** `just bundle`: what `just build` makes, and the .deb of the components and the self-extracting .run. */
import { OPTIONS, parse } from './lib/args.ts'
import { main } from './lib/main.ts'
import { flashes } from './output/flash/index.ts'
import { buildAndShow } from './strategy/build.ts'

await main(async () => {
  const args = parse({
    name: 'bundle',
    about: 'Build what a config describes, its .deb, and a .run that carries all and flashes it.',
    words: ['config'],
    options: OPTIONS,
    example: 'just bundle config/rpi.yaml',
  })
  await buildAndShow(args, ({ config }) => {
    const wanted = new Set(config.outputs)
    if (config.components.length) wanted.add('deb')
    if (config.target === 'rpi') wanted.add('image')
    if (flashes[config.target]) wanted.add('bundle')
    config.outputs = [...wanted]
  })
})
