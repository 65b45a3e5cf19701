/** A plan as `just build` would make it, for showing and testing screens. */
import type { Plan, PlannedStage } from '../../scripts/plan/types.ts'

const stage = (name: string, titles: string[], more: Partial<PlannedStage> = {}): PlannedStage => ({
  name,
  dirs: [`/rootsmith/stages/${name}`],
  steps: titles.map((title, at) => ({ file: `stages/${name}/${String(at * 10).padStart(2, '0')}-step.ts`, title })),
  status: 'build',
  reason: '',
  seconds: 0,
  bytes: 0,
  ...more,
})

export const demoPlan = {
  version: 1,
  name: 'rpi',
  config: { name: 'rpi', target: 'rpi', arch: 'arm64' } as Plan['config'],
  env: [],
  configFile: 'config/rpi.yaml',
  cache: '/var/cache/rootsmith',
  out: 'out/rpi',
  strategy: 'native',
  emulate: false,
  profile: false,
  fresh: false,
  sourceDateEpoch: 1_700_000_000,
  rootfsEpoch: 1_700_000_000,
  packageVersion: '1.0.0',
  label: '1.0.0',
  stages: [
    stage('00-bootstrap', ['Make the base system'], { status: 'cached', layer: 'abc', seconds: 61.2, bytes: 212e6 }),
    stage('10-system', ['Name the machine', 'Generate the locale', 'Set the time zone'], {
      reason: 'config.system.locale: en_GB.UTF-8 → de_DE.UTF-8',
    }),
    stage('20-kernel', ['Install the kernel and the firmware', 'Write config.txt and cmdline.txt'], {
      reason: 'below it, 10-system is new',
    }),
    stage('30-network', ['Join the wireless network'], { reason: 'below it, 10-system is new' }),
    stage('90-finish', ['Remove logs and caches'], { reason: 'below it, 10-system is new' }),
  ],
  outputsKey: '',
  outputs: [
    { name: 'image', files: ['rpi.img.xz', 'rpi.img.xz.sha256', 'rpi.img.bmap'] },
    { name: 'deb', files: ['rpi_1.0.0_arm64.deb'] },
  ],
} satisfies Plan
