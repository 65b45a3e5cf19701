/** `just mac-setup`: what a Mac needs so that images can be built on it; with --apply, makes it so. */
import chalk from 'chalk'
import { parse } from './lib/args.ts'
import { EXIT, UsageError, UserError } from './lib/errors.ts'
import { type Host, thisHost } from './lib/host.ts'
import { main } from './lib/main.ts'
import { type Item, planMac, stepsOf } from './machine/mac.ts'
import { applySteps } from './machine/mac-apply.ts'
import { gatherMacFacts } from './machine/mac-facts.ts'

const NAMES: Record<Host, string> = { linux: 'Linux', wsl: 'WSL', msys: 'Windows', windows: 'Windows', macos: 'macOS' }
const MARKS: Record<Item['state'], string> = {
  ok: chalk.green('✔'),
  do: chalk.cyan('+'),
  ask: chalk.yellow('⚠'),
  needed: chalk.red('✖'),
  later: chalk.dim('–'),
}

await main(
  async () => {
    const args = parse({
      name: 'mac-setup',
      about: 'Say what this Mac lacks for building images in a container; with --apply, install and start it.',
      options: {
        apply: { about: 'do what the plan says' },
        boot: { about: 'what `just boot` needs, too' },
      },
      example: 'just mac-setup --apply',
    })
    const host = thisHost()
    if (host !== 'macos') {
      throw new UsageError(`mac-setup is for macOS, and this is ${NAMES[host]}`, 'here it is `just setup`')
    }
    const facts = await gatherMacFacts()
    const items = planMac(facts, args)
    console.log(`macOS ${facts.version}\n${lines(items).join('\n')}\n`)

    const steps = stepsOf(items)
    if (steps.length === 0) {
      console.log('mac-setup: there is nothing to do')
      return EXIT.ok
    }
    const count = `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`
    if (!args.apply) {
      console.log(`mac-setup: ${count} to take, none was taken; \`just mac-setup --apply\` takes them`)
      return EXIT.ok
    }
    const first = items.find(({ state }) => state === 'needed')
    if (first) throw new UserError(`${first.name} is ${first.found}`, { hint: first.hint })

    await applySteps(steps)
    const left = stepsOf(planMac(await gatherMacFacts(), args))
    if (left.length > 0) {
      const what = left.map(({ title }) => title).join('; ')
      throw new UserError(`all steps were taken, but this is still to do: ${what}`, {
        hint: 'open a new terminal, and try again',
      })
    }
    console.log(`\nmac-setup: ${count} taken; build with \`just build\``)
    return EXIT.ok
  },
  { anyHost: true },
)

function lines(items: readonly Item[]): string[] {
  const width = Math.max(...items.map(({ name }) => name.length))
  const below = ' '.repeat(width + 4)
  return items.flatMap(({ name, state, found, steps, hint }) => [
    `${MARKS[state]} ${name.padEnd(width)}  ${found}`,
    ...(steps ?? []).map(({ command }) => `${below}${chalk.dim('$')} ${command.join(' ')}`),
    ...(hint ? [`${below}${chalk.cyan('hint')} ${hint}`] : []),
  ])
}
