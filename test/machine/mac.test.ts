import { describe, expect, test } from 'bun:test'
import { type Item, type MacFacts, planMac, stepsOf } from '../../scripts/machine/mac.ts'

const GIB = 2 ** 30
/** A Mac on which everything is ready, by Colima. */
const ready: MacFacts = {
  version: '15.1',
  cpus: 10,
  memory: 32 * GIB,
  brew: 'ready',
  programs: ['git', 'xz', 'docker', 'colima', 'qemu-system-aarch64'],
  apps: [],
  engine: { name: 'docker', cpus: 4, memory: 7.7 * GIB },
  colima: { isRunning: true, disk: 60 * GIB },
  hasPodmanMachine: false,
  results: { folder: '/Users/me/rootsmith/out', exists: true, home: '/Users/me' },
}
/** One on which nothing is, but Homebrew. */
const fresh: MacFacts = {
  ...ready,
  programs: [],
  engine: undefined,
  colima: undefined,
  results: { ...ready.results, exists: false },
}
const commands = (facts: MacFacts, options = {}): string[] =>
  stepsOf(planMac(facts, options)).map(({ command }) => command.join(' '))
const item = (name: string, facts: MacFacts): Item | undefined => planMac(facts).find(one => one.name === name)

describe('the plan for a Mac', () => {
  test('has nothing to do where everything is ready', () => {
    expect(planMac(ready).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'Homebrew ok',
      'git ok',
      'xz ok',
      'engine ok',
      'running ok',
      'qemu ok',
      'results ok',
    ])
    expect(commands(ready)).toEqual([])
  })
  test('installs first, then starts, then makes the folder', () => {
    expect(commands(fresh)).toEqual([
      'brew install git',
      'brew install xz',
      'brew install colima docker',
      'colima start --cpu 4 --memory 8 --disk 60',
      'mkdir -p /Users/me/rootsmith/out',
    ])
  })
  test('has qemu only for those who ask for it', () => {
    expect(commands(fresh, { boot: true })).toContain('brew install qemu')
    expect(item('qemu', fresh)).toMatchObject({ state: 'later', hint: 'just mac-setup --boot --apply' })
  })
  test('is nothing to do by Homebrew where nothing is to install, and needs it where something is', () => {
    const withoutBrew = { ...ready, brew: undefined }
    expect(item('Homebrew', withoutBrew)).toMatchObject({ state: 'later', found: 'missing, and not needed' })
    expect(item('Homebrew', { ...withoutBrew, programs: ['git', 'docker', 'colima'] })).toMatchObject({
      state: 'needed',
      found: 'missing',
    })
  })
  test('says how to put an installed Homebrew on the PATH', () => {
    const brew = { file: '/opt/homebrew/bin/brew' }
    expect(item('Homebrew', { ...fresh, brew })?.hint).toContain('eval "$(/opt/homebrew/bin/brew shellenv)"')
  })
})

describe('an engine that is there is taken', () => {
  test.each<[string, Partial<MacFacts>, string[]]>([
    ['Docker Desktop', { apps: ['Docker'] }, ['open -a Docker']],
    ['OrbStack', { apps: ['OrbStack'], programs: ['git', 'xz', 'podman'] }, ['open -a OrbStack']],
    [
      'Colima without docker',
      { programs: ['git', 'xz', 'colima'] },
      ['brew install docker', 'colima start --cpu 4 --memory 8 --disk 60'],
    ],
    [
      'docker without Colima',
      { programs: ['git', 'xz', 'docker'] },
      ['brew install colima', 'colima start --cpu 4 --memory 8 --disk 60'],
    ],
    ['podman with a machine', { programs: ['git', 'xz', 'podman'], hasPodmanMachine: true }, ['podman machine start']],
    [
      'podman without one',
      { programs: ['git', 'xz', 'podman'] },
      ['podman machine init --cpus 4 --memory 8192 --disk-size 60', 'podman machine start'],
    ],
  ])('%s', (_, facts, expected) => {
    const all = { ...fresh, programs: ['git', 'xz'], results: ready.results, ...facts }
    expect(commands(all)).toEqual(expected)
  })
  test('whoever answers: neither Colima nor an application is needed then', () => {
    const facts = { ...ready, programs: ['git', 'xz', 'docker'], colima: undefined }
    expect(commands(facts)).toEqual([])
  })
})

describe('its virtual machine', () => {
  test('gets no more than the Mac has to give', () => {
    expect(commands({ ...fresh, cpus: 2, memory: 8 * GIB })).toContain('colima start --cpu 2 --memory 4 --disk 60')
    expect(commands({ ...fresh, memory: 2 * GIB })).toContain('colima start --cpu 4 --memory 2 --disk 60')
  })
  test('keeps a disk that is larger, since it cannot shrink', () => {
    const colima = { isRunning: false, disk: 100 * GIB }
    expect(commands({ ...ready, engine: undefined, colima })).toEqual(['colima start --cpu 4 --memory 8 --disk 100'])
  })
  test('is not restarted while it runs: that it is small is said, with what would mend it', () => {
    const engine = { name: 'docker', cpus: 2, memory: 1.9 * GIB }
    const small = { ...ready, engine, colima: { isRunning: true, disk: 20 * GIB } }
    expect(commands(small)).toEqual([])
    const hint = 'when no container is needed: colima stop && colima start --cpu 4 --memory 8 --disk 60'
    expect([item('memory', small), item('disk', small)]).toEqual([
      { name: 'memory', state: 'ask', found: '1.9 GiB: compressing an image may be killed', hint },
      { name: 'disk', state: 'ask', found: '20 GiB: it will be full soon', hint },
    ])
    expect(item('memory', { ...small, colima: undefined })?.hint).toContain('in its settings')
  })
  test('of 4 GiB is enough, although it reports less', () => {
    expect(item('memory', { ...ready, engine: { name: 'docker', cpus: 2, memory: 3.8 * GIB } })).toBeUndefined()
  })
})

test('results outside the home folder are not shared with Colima, and no folder is made there', () => {
  const results = { folder: '/Volumes/work/out', exists: false, home: '/Users/me' }
  expect(item('results', { ...fresh, results })).toMatchObject({
    state: 'ask',
    hint: expect.stringContaining('/Users/me'),
  })
  expect(item('results', { ...fresh, apps: ['Docker'], results })?.state).toBe('do')
  expect(item('results', { ...fresh, results: { ...results, folder: '/Users/me2/out' } })?.state).toBe('ask')
})
