/** `just builder-image`: makes the image that container strategies build in, looks whether it can, and pushes it. */

import { checkImage } from './container/check-image.ts'
import { dieWithUs, engine, engineRun } from './container/engine.ts'
import { ContainerError, explain } from './container/errors.ts'
import { ensureLocal } from './container/image.ts'
import { runAlong } from './lib/along.ts'
import { parse } from './lib/args.ts'
import { beforeEnd, main } from './lib/main.ts'
import { screenMode } from './screen/mode.ts'
import { makePreparing } from './screen/preparing.ts'

await main(async () => {
  const args = parse({
    name: 'builder-image',
    about: 'Make the image that Rootsmith builds in where this machine itself cannot, and look whether it can.',
    options: {
      push: { about: 'then push it under this name', value: 'NAME' },
    },
    example: 'just builder-image --push registry.example.org/rootsmith-builder:1.0',
  })
  const found = await engine()
  const screen = makePreparing(screenMode({ json: false, isTTY: process.stdout.isTTY === true, env: process.env }))
  beforeEnd(() => screen.done(false))
  const { name, arch } = await ensureLocal(found, screen)
  const wrong = await checkImage(found, name)
  if (wrong.length > 0)
    throw new ContainerError(
      'build failed',
      `${name} is not fit to build in:\n${wrong.map(line => `  ${line}`).join('\n')}`,
    )
  if (args.push) {
    screen.say(`Push ${args.push}`)
    await engineRun(found, ['tag', name, args.push])
    const pushed = await runAlong([...dieWithUs(), found.program, 'push', args.push], screen.show)
    if (pushed.status !== 0) throw explain(`${args.push} can't be pushed`, pushed.stderr, 'build failed', pushed.status)
  }
  await screen.done(true)
  const size = await engineRun(found, ['image', 'inspect', '--format', '{{.Size}}', name])
  console.log(`${name} is fit to build in: ${arch}, ${Math.round(Number(size.stdout) / 2 ** 20)} MiB`)
  if (!args.push) return
  const digests = await engineRun(found, ['image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', args.push])
  for (const line of digests.stdout.split('\n').filter(Boolean)) console.log(`pushed: ${line}`)
  console.log(`use it: ROOTSMITH_BUILDER_IMAGE=${args.push} just build --strategy official`)
})
