/**
 * Stage folders: `NN-name/`, each with steps in the order of their file names. `NN-verb-noun.ts` exports a step();
 * the rest are pi-gen's own files, so that people can bring their stages along.
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ConfigError, type UserError } from '../lib/errors.ts'
import { plainStep } from './plain.ts'
import type { Step } from './step.ts'

export type StepFile = { file: string; step: Step }
export type StageFolder = { name: string; dirs: string[]; steps: StepFile[] }

const STAGE = /^\d\d-[a-z0-9][a-z0-9-]*$/
const SCRIPT = /^\d\d-[a-z0-9][a-z0-9-]*\.ts$/

/** Within one number, in pi-gen's order: debconf, packages-nr, packages, patches, run.sh, run-chroot.sh; then our own scripts. */
const PLAIN = ['debconf', 'packages-nr', 'packages', 'patches', 'run.sh', 'run-chroot.sh']

/**
 * @param roots folders of stage folders, Rootsmith's own first. Stages of one name are merged; a file in a later root replaces
 * one of the same name in an earlier. Nothing is run but the top level of the scripts.
 */
export async function readStages(roots: string[]): Promise<StageFolder[]> {
  const dirsOf = new Map<string, string[]>()
  for (const root of roots) {
    for (const name of readdirSync(root).sort()) {
      const dir = join(root, name)
      if (name.startsWith('.') || !statSync(dir).isDirectory()) continue
      if (!STAGE.test(name))
        throw problem(dir, 'a stage folder is named `NN-name`: two digits, then lower-case letters, digits and `-`')
      dirsOf.set(name, [...(dirsOf.get(name) ?? []), dir])
    }
  }
  return Promise.all(
    [...dirsOf]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(async ([name, dirs]) => ({ name, dirs, steps: await readSteps(dirs) })),
  )
}

async function readSteps(dirs: string[]): Promise<StepFile[]> {
  const files = new Map<string, string>()
  for (const dir of dirs) for (const name of readdirSync(dir)) files.set(name, join(dir, name))
  if (files.has('SKIP')) return []
  const ordered = [...files.values()].filter(isStep).sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  return Promise.all(
    ordered.map(async file => ({ file, step: file.endsWith('.ts') ? await loadScript(file) : plainStep(file) })),
  )
}

function isStep(file: string): boolean {
  const name = basename(file)
  if (SCRIPT.test(name) || PLAIN.includes(name.slice(3))) return true
  if (/^\d\d-.*\.ts$/.test(name))
    throw problem(file, 'a stage script is named `NN-verb-noun.ts`: lower-case letters, digits and `-`')
  if (/^\d\d-(packages|debconf|run)/.test(name))
    throw problem(file, `not a name that is known: use ${PLAIN.map(kind => `NN-${kind}`).join(', ')}`)
  return false
}

function rank(file: string): string {
  const name = basename(file)
  const plain = PLAIN.indexOf(name.slice(3))
  return `${name.slice(0, 2)} ${plain < 0 ? PLAIN.length : plain} ${name}`
}

async function loadScript(file: string): Promise<Step> {
  let loaded: { default?: Partial<Step> }
  try {
    loaded = (await import(file)) as { default?: Partial<Step> }
  } catch (error) {
    throw problem(file, `the script can't be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  const step = loaded.default
  if (typeof step?.title !== 'string' || typeof step.run !== 'function') {
    throw problem(file, 'a stage script ends in `export default step({ title, run })`')
  }
  return step as Step
}

function problem(file: string, message: string): UserError {
  return new ConfigError([{ where: { file }, key: '', message }])
}
