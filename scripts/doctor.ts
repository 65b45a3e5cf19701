/** `just doctor`: what this machine can and can't do, and how to mend it. Ends with 3 when nothing can be built here. */
import chalk from 'chalk'
import { OPTIONS, parse } from './lib/args.ts'
import { EXIT } from './lib/errors.ts'
import { main } from './lib/main.ts'
import { type Check, check } from './machine/checks.ts'
import { gatherFacts } from './machine/facts.ts'
import { strategies } from './strategy/pick.ts'

const MARKS = { ok: chalk.green('✔'), warn: chalk.yellow('⚠'), bad: chalk.red('✖') }

await main(async () => {
  const args = parse({
    name: 'doctor',
    about: 'Look at what this machine can and cannot do, and say how to mend it. Changes nothing.',
    options: {
      arch: { about: 'what is to be built', choices: ['amd64', 'arm64', 'armhf'], default: 'arm64' },
      json: OPTIONS.json,
    },
    example: 'just doctor',
  })
  const checks = check(await gatherFacts())
  const ways = await Promise.all(
    strategies.map(async ({ name, unusable }) => ({ name, obstacles: await unusable({ arch: args.arch }) })),
  )
  const can = ways.filter(({ obstacles }) => obstacles.length === 0).map(({ name }) => name)
  if (args.json) {
    for (const one of checks) console.log(JSON.stringify({ type: 'check', ...one }))
    for (const way of ways) console.log(JSON.stringify({ type: 'strategy', ...way }))
    return can.length > 0 ? EXIT.ok : EXIT.noStrategy
  }
  console.log(table(checks).join('\n'))
  console.log(
    can.length > 0
      ? `\n${MARKS.ok} ${args.arch} can be built here: ${can.join(', ')}`
      : `\n${MARKS.bad} ${args.arch} cannot be built here\n${ways.flatMap(({ name, obstacles }) => obstacles.map(({ reason }) => `  ${name}: ${reason}`)).join('\n')}`,
  )
  return can.length > 0 ? EXIT.ok : EXIT.noStrategy
})

function table(checks: Check[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const below = ' '.repeat(width + 4)
  return checks.flatMap(({ name, state, found, means, mend }) => [
    `${MARKS[state]} ${name.padEnd(width)}  ${found}`,
    ...(means ? [`${below}${chalk.dim(means)}`] : []),
    ...(mend ? [`${below}${chalk.cyan('mend')} ${mend}`] : []),
  ])
}
