/** `just setup`: installs the Debian packages that building and booting here need. Says nothing to do in no time. */
import { parse } from './lib/args.ts'
import { EXIT, UserError } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { installPackages } from './machine/install.ts'
import { missing, type Purpose } from './sandbox/requirements.ts'

await main(async () => {
  const args = parse({
    name: 'setup',
    about:
      'Install the Debian packages that building and booting here need. Asks for nothing, and leaves what is there.',
    options: {
      tests: { about: 'what `just test` needs, too' },
      check: { about: 'install nothing; say what is missing, and end with 1 if anything is' },
    },
    // `just setup build` runs two recipes, so the recipe itself can take no words.
    example: 'node_modules/.bin/bun scripts/setup.ts --check',
  })
  const purposes: Purpose[] = ['build', 'accelerate', 'boot', ...(args.tests ? (['test'] as const) : [])]
  const lacking = missing(purposes)
  if (lacking.length === 0) {
    console.log('setup: everything is installed')
    return EXIT.ok
  }
  const width = Math.max(...lacking.map(entry => entry.package.length))
  console.log(`setup: ${lacking.length} package${lacking.length === 1 ? ' is' : 's are'} missing`)
  for (const entry of lacking) console.log(`  ${entry.package.padEnd(width)}  ${entry.why}`)
  if (args.check) return EXIT.failed

  await installPackages(lacking.map(entry => entry.package))
  const still = missing(purposes)
  if (still.length > 0) {
    const what = still.flatMap(entry => entry.provides).join(', ')
    throw new UserError(`installed, but still not found: ${what}`, { hint: 'is /usr/bin on the PATH?' })
  }
  return EXIT.ok
})
