/**
 * A build that only pretends, to look at the screens: `bun test/screen/demo.ts [--plain|--json] [--fail] [--fast]`.
 * Press Ctrl-C to see how an interrupted one looks.
 */
import { StepError } from '../../scripts/lib/errors.ts'
import type { Event } from '../../scripts/lib/events.ts'
import { main } from '../../scripts/lib/main.ts'
import { makeScreen } from '../../scripts/screen/screen.ts'
import { demoPlan } from './plan.ts'

const has = (word: string): boolean => process.argv.includes(word)

await main(async () => {
  const mode = has('--json') ? 'json' : has('--plain') ? 'plain' : 'tty'
  const screen = makeScreen({ mode, plan: demoPlan, verbose: has('--verbose') })
  const wait = (seconds: number): Promise<void> => Bun.sleep(seconds * (has('--fast') ? 60 : 1000))
  const say = async (event: Event, seconds = 0): Promise<void> => {
    screen.event(event)
    await wait(seconds)
  }
  const chatter = async (lines: number): Promise<void> => {
    for (let at = 0; at < lines; at++) {
      screen.raw(
        `\u001b[32mSetting up\u001b[0m package-${at}:arm64 (2.${at}-1) with a description long enough to be cut on most terminals …\tyes`,
      )
      await wait(0.05)
    }
  }
  await say({ type: 'general', message: 'Make the tools tree', current: 40, total: 100, unit: 'percent' }, 1.5)
  await say(
    {
      type: 'stage_complete',
      name: '00-bootstrap',
      status: 'reused',
      seconds: 61.2,
      reason: '',
      bytes: 212e6,
      layer: 'abc',
    },
    0.3,
  )
  await say({ type: 'stage_start', name: '10-system', steps: 3 })
  await say({ type: 'step_start', stage: '10-system', step: '00-step', title: 'Name the machine' }, 0.4)
  await say({ type: 'step_complete', stage: '10-system', step: '00-step', seconds: 0.4 })
  await say({ type: 'step_start', stage: '10-system', step: '10-step', title: 'Generate the locale' })
  await chatter(30)
  await say({ type: 'log', level: 'warn', msg: 'the locale has no translation of `Rootsmith`' })
  if (has('--fail')) {
    const failure = {
      stage: '10-system',
      title: 'Generate the locale',
      file: 'stages/10-system/10-step.ts',
      message: '`locale-gen` ended with status 1',
      command: 'locale-gen --keep-existing',
      status: 'exit 1',
      hint: 'system.locale must be one of /usr/share/i18n/SUPPORTED',
    }
    await say({ type: 'failed', ...failure }, 0.2)
    await screen.fail()
    throw new StepError(failure, { file: has('--log') ? process.argv.at(-1) : undefined, config: 'config/rpi.yaml' })
  }
  await say({ type: 'step_complete', stage: '10-system', step: '10-step', seconds: 1.5 })
  await say(
    {
      type: 'step_skip',
      stage: '10-system',
      step: '20-step',
      title: 'Set the time zone',
      reason: 'UTC is what it has',
    },
    0.5,
  )
  await say({
    type: 'stage_complete',
    name: '10-system',
    status: 'built',
    seconds: 14.2,
    reason: 'config.system.locale: en_GB.UTF-8 → de_DE.UTF-8',
    bytes: 31e6,
    layer: 'b',
  })
  await say({ type: 'stage_start', name: '20-kernel', steps: 2 })
  await say({ type: 'step_start', stage: '20-kernel', step: '00-step', title: 'Install the kernel and the firmware' })
  for (let at = 0; at <= 40; at++) {
    await say(
      { type: 'general', message: 'Download packages', current: at * 2.3e6, total: 40 * 2.3e6, unit: 'bytes' },
      0.08,
    )
  }
  await say({ type: 'general', message: 'Unpack', current: 3, total: 120, unit: 'packages' }, 1)
  await chatter(100)
  await say({ type: 'step_complete', stage: '20-kernel', step: '00-step', seconds: 128.3 })
  await say({ type: 'step_start', stage: '20-kernel', step: '10-step', title: 'Write config.txt and cmdline.txt' }, 0.5)
  await say({ type: 'step_complete', stage: '20-kernel', step: '10-step', seconds: 0.5 })
  await say({
    type: 'stage_complete',
    name: '20-kernel',
    status: 'built',
    seconds: 129,
    reason: 'below it, 10-system is new',
    bytes: 402e6,
    layer: 'c',
  })
  await say({
    type: 'stage_complete',
    name: '30-network',
    status: 'skipped',
    seconds: 0,
    reason: 'network.wifi is not set',
    bytes: 0,
    layer: '',
  })
  await say({ type: 'stage_start', name: '90-finish', steps: 1 })
  await say({ type: 'step_start', stage: '90-finish', step: '00-step', title: 'Remove logs and caches' }, 0.3)
  await say({ type: 'step_complete', stage: '90-finish', step: '00-step', seconds: 0.3 })
  await say({
    type: 'stage_complete',
    name: '90-finish',
    status: 'built',
    seconds: 0.4,
    reason: 'below it, 10-system is new',
    bytes: 12e3,
    layer: 'd',
  })
  await say({ type: 'output_start', name: 'image' })
  for (let at = 0; at <= 20; at++)
    await say({ type: 'general', message: 'Compress', current: at * 5, unit: 'percent' }, 0.05)
  await say(
    { type: 'output_complete', name: 'image', file: 'rpi.img.xz', bytes: 180e6, sha256: 'a'.repeat(64), seconds: 33 },
    0.1,
  )
  await say(
    { type: 'output_complete', name: 'image', file: 'rpi.img.bmap', bytes: 3e3, sha256: 'b'.repeat(64), seconds: 0 },
    0.1,
  )
  await say({ type: 'output_start', name: 'deb' }, 0.3)
  await say({
    type: 'output_complete',
    name: 'deb',
    file: 'rpi_1.0.0_arm64.deb',
    bytes: 30e3,
    sha256: 'c'.repeat(64),
    seconds: 0.2,
  })
  await screen.end({
    name: 'rpi',
    out: `${process.cwd()}/out/rpi`,
    seconds: 162,
    stages: [
      { name: '00-bootstrap', status: 'reused', seconds: 61.2 },
      { name: '10-system', status: 'built', seconds: 14.2 },
      { name: '20-kernel', status: 'built', seconds: 129 },
      { name: '30-network', status: 'skipped', seconds: 0 },
      { name: '90-finish', status: 'built', seconds: 0.4 },
    ],
    artifacts: [
      { name: 'rpi.img.xz', bytes: 180e6, sha256: '3f2a9c81d0e4'.padEnd(64, '0') },
      { name: 'rpi.img.bmap', bytes: 3e3, sha256: '9c81d0e43f2a'.padEnd(64, '0') },
      { name: 'rpi_1.0.0_arm64.deb', bytes: 30e3, sha256: 'd0e43f2a9c81'.padEnd(64, '0') },
    ],
  })
})
