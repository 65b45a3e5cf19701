/** `just boot`: boots the built image in QEMU, waits for its first-boot marker and copies its report out. */
import { join } from 'node:path'
import { bootImage } from './boot/attempt.ts'
import { findImage } from './boot/find.ts'
import { MACHINES, TABLE } from './boot/machine.ts'
import { needPrograms } from './boot/programs.ts'
import { makeWatch } from './boot/watch.ts'
import { loadConfig } from './config/load.ts'
import { OPTIONS, parse } from './lib/args.ts'
import { UsageError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { projectFolder } from './lib/paths.ts'
import { cacheDir } from './plan/cache.ts'

await main(async () => {
  const args = parse({
    name: 'boot',
    about: 'Boot the built image in QEMU and wait until its first boot is over. The image itself is not changed.',
    words: ['config'],
    options: {
      machine: {
        about: 'what to boot on: a Pi 3, or a machine of virtio devices',
        choices: [...MACHINES, 'both'],
        default: 'raspi3b',
      },
      timeout: { about: 'how long the first boot may take', value: 'SECONDS', default: '900' },
      out: OPTIONS.out,
      set: OPTIONS.set,
      json: OPTIONS.json,
    },
    example: 'just boot config/rpi.yaml --machine virt',
  })
  const timeout = Number(args.timeout)
  if (!Number.isInteger(timeout) || timeout < 1)
    throw new UsageError(`--timeout cannot be \`${args.timeout}\``, 'a number of seconds, such as 900')

  const { config } = await loadConfig(args.config, { set: args.set })
  const folder = args.out ?? join(projectFolder(), 'out', config.name)
  const machines = args.machine === 'both' ? MACHINES : [args.machine]
  const watch = makeWatch(args.json)
  needPrograms()
  const image = await findImage(folder, config.name)
  for (const name of machines) {
    const { report, seconds } = await bootImage({
      image,
      machine: TABLE[name],
      timeout,
      folder,
      cache: cacheDir(),
      watch,
    })
    if (args.json) process.stdout.write(`${JSON.stringify({ type: 'boot', machine: name, seconds, report })}\n`)
  }
})
