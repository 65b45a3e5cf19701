/** What a Mac needs so that images can be built on it, in a container. Pure: mac-facts.ts looks, mac-apply.ts does it. */

const GIB = 2 ** 30

/** Engines with a window of their own, by the name of their application. */
export const APPS = ['Docker', 'OrbStack', 'Rancher Desktop'] as const

export type MacFacts = {
  /** `15.1` */
  version: string
  cpus: number
  /** Bytes. */
  memory: number
  /** On the PATH; or only installed, in this file; or not at all. */
  brew: 'ready' | { file: string } | undefined
  /** Those on the PATH of git, xz, docker, colima, podman and qemu-system-aarch64. */
  programs: readonly string[]
  apps: readonly (typeof APPS)[number][]
  /** The engine that answers, with what its virtual machine may use (bytes). */
  engine?: { name: string; cpus: number; memory: number } | undefined
  /** Colima's virtual machine, where it was ever started; bytes. */
  colima?: { isRunning: boolean; disk: number } | undefined
  /** Whether podman has a virtual machine. */
  hasPodmanMachine: boolean
  /** Where results go, and the user's home folder. */
  results: { folder: string; exists: boolean; home: string }
}

export type Step = {
  title: string
  command: readonly string[]
  /** The engine starts in the background: then it is waited for. */
  until?: 'engine answers'
}

/**
 * `do`: we can, and with `--apply` will. `ask`: only the user can or should; `needed` when nothing else makes sense before.
 * `later`: for something else than building.
 */
export type Item = {
  name: string
  state: 'ok' | 'do' | 'ask' | 'needed' | 'later'
  found: string
  steps?: readonly Step[]
  hint?: string
}

/** xz and mksquashfs take several hundred megabytes for each thread, beside apt and what holds files in memory. */
const MEMORY_LEAST = 4 * GIB
/** A virtual machine told to have 4 GiB reports some less: its kernel keeps it. */
const KEPT = 0.9
/** For the cache, which lies in the virtual machine, and the images of the engine. */
const DISK_LEAST = 30 * GIB
const WANTED = { cpus: 4, gibibytes: 8, disk: 60 }

/** @returns every item in the order in which it is done; an empty list of steps in all means that nothing is to do. */
export function planMac(facts: MacFacts, options: { boot?: boolean } = {}): Item[] {
  const items = [
    formula(facts, 'git', ['git'], "versions come from the config's repository"),
    formula(facts, 'xz', ['xz'], 'unpacks images to flash them'),
    engineItem(facts),
    startItem(facts),
    ...sizeItems(facts),
    qemuItem(facts, options.boot ?? false),
    resultsItem(facts),
  ]
  const needsBrew = items.some(({ steps }) => steps?.some(({ command }) => command[0] === 'brew'))
  return [brewItem(facts, needsBrew), ...items]
}

export const stepsOf = (items: readonly Item[]): Step[] =>
  items.flatMap(({ state, steps }) => (state === 'do' ? (steps ?? []) : []))

function brewItem({ brew }: MacFacts, isNeeded: boolean): Item {
  const name = 'Homebrew'
  if (brew === 'ready') return { name, state: 'ok', found: 'installed' }
  const state = isNeeded ? 'needed' : 'later'
  if (brew) {
    const hint = `in your shell's profile: eval "$(${brew.file} shellenv)"`
    return { name, state, found: 'installed, but not on the PATH', hint }
  }
  const hint = 'its own page, brew.sh, says how; this never installs it'
  return { name, state, found: isNeeded ? 'missing' : 'missing, and not needed', hint }
}

const install = (...formulae: string[]): Step => ({
  title: `Install ${formulae.join(' and ')}`,
  command: ['brew', 'install', ...formulae],
})

function formula({ programs }: MacFacts, program: string, formulae: string[], why: string): Item {
  if (programs.includes(program)) return { name: program, state: 'ok', found: 'installed' }
  return { name: program, state: 'do', found: `missing: ${why}`, steps: [install(...formulae)] }
}

type Engine = (typeof APPS)[number] | 'podman' | 'colima'

/** The one to start where none answers. Whatever is there is taken; Colima is what we would install. */
function engineOf({ programs, apps }: MacFacts): Engine {
  return apps[0] ?? (['colima', 'podman'] as const).find(name => programs.includes(name)) ?? 'colima'
}

function engineItem(facts: MacFacts): Item {
  const { programs, engine, apps } = facts
  const name = 'engine'
  if (engine) return { name, state: 'ok', found: engine.name }
  // An application brings its own docker.
  if (apps[0]) return { name, state: 'ok', found: apps[0] === 'Docker' ? 'Docker Desktop' : apps[0] }
  const chosen = engineOf(facts)
  if (chosen === 'podman') return { name, state: 'ok', found: 'podman' }
  const lacking = ['colima', 'docker'].filter(program => !programs.includes(program))
  if (lacking.length === 0) return { name, state: 'ok', found: 'Colima' }
  const found = lacking.length === 2 ? 'missing: images are built in a container' : `${lacking[0]} is missing`
  return { name, state: 'do', found, steps: [install(...lacking)] }
}

function startItem(facts: MacFacts): Item {
  const name = 'running'
  const { engine, hasPodmanMachine } = facts
  if (engine)
    return {
      name,
      state: 'ok',
      found: `${engine.cpus} processors, ${inGib(engine.memory)} GiB for its virtual machine`,
    }
  const chosen = engineOf(facts)
  const start = (command: string[], title = `Start ${chosen}`): Step => ({ title, command, until: 'engine answers' })
  const common = { name, state: 'do', found: 'no engine answers' } as const
  if (chosen === 'colima') return { ...common, steps: [start(colimaStart(facts), 'Start Colima')] }
  if (chosen !== 'podman') return { ...common, steps: [start(['open', '-a', chosen])] }
  const { cpus, gibibytes, disk } = sizeFor(facts)
  const size = ['--cpus', String(cpus), '--memory', String(gibibytes * 1024), '--disk-size', String(disk)]
  const make = { title: "Make podman's virtual machine", command: ['podman', 'machine', 'init', ...size] }
  return { ...common, steps: [...(hasPodmanMachine ? [] : [make]), start(['podman', 'machine', 'start'])] }
}

/** What a virtual machine may have of this Mac: never more than half of its memory. */
function sizeFor({ cpus, memory }: MacFacts): typeof WANTED {
  const half = Math.max(2, Math.floor(memory / GIB / 2))
  return { ...WANTED, cpus: Math.min(WANTED.cpus, cpus), gibibytes: Math.min(WANTED.gibibytes, half) }
}

function colimaStart(facts: MacFacts): string[] {
  const { cpus, gibibytes, disk } = sizeFor(facts)
  // A disk can be made larger, never smaller: `disk` in Colima's own template.
  const larger = Math.max(disk, Math.ceil((facts.colima?.disk ?? 0) / GIB))
  return ['colima', 'start', '--cpu', String(cpus), '--memory', String(gibibytes), '--disk', String(larger)]
}

/** Changing them stops every container that runs, so that is left to the user. */
function sizeItems(facts: MacFacts): Item[] {
  const { engine, colima } = facts
  const items: Item[] = []
  const restart = `when no container is needed: colima stop && ${colimaStart(facts).join(' ')}`
  if (engine && engine.memory < MEMORY_LEAST * KEPT) {
    const hint = colima?.isRunning ? restart : `give its virtual machine ${WANTED.gibibytes} GiB, in its settings`
    items.push({
      name: 'memory',
      state: 'ask',
      found: `${inGib(engine.memory)} GiB: compressing an image may be killed`,
      hint,
    })
  }
  if (colima?.isRunning && colima.disk < DISK_LEAST)
    items.push({ name: 'disk', state: 'ask', found: `${inGib(colima.disk)} GiB: it will be full soon`, hint: restart })
  return items
}

function qemuItem({ programs }: MacFacts, isWanted: boolean): Item {
  const name = 'qemu'
  if (programs.includes('qemu-system-aarch64')) return { name, state: 'ok', found: 'installed' }
  if (isWanted) return { name, state: 'do', found: 'missing: `just boot` boots images in it', steps: [install('qemu')] }
  return { name, state: 'later', found: 'missing, only needed for `just boot`', hint: 'just mac-setup --boot --apply' }
}

function resultsItem(facts: MacFacts): Item {
  const { folder, exists, home } = facts.results
  const name = 'results'
  const isColima = facts.engine ? facts.colima?.isRunning : engineOf(facts) === 'colima'
  if (isColima && folder !== home && !folder.startsWith(`${home}/`)) {
    const hint = `move the project into ${home}, or add its folder to the mounts: colima start --edit`
    return { name, state: 'ask', found: `${folder} is outside your home folder, which is all that Colima shares`, hint }
  }
  if (exists) return { name, state: 'ok', found: folder }
  const steps = [{ title: `Make ${folder}`, command: ['mkdir', '-p', folder] }]
  return { name, state: 'do', found: `${folder} is missing`, steps }
}

const inGib = (bytes: number): string => (bytes / GIB).toFixed(1).replace(/\.0$/, '')
