/** One run: where it works, what it has found so far, and the lines that say how it goes. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import chalk from 'chalk'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'
import { gitFacts } from '../lib/git.ts'
import { interrupted } from '../lib/main.ts'
import { ROOT } from '../plan/world.ts'
import { duration } from '../screen/format.ts'
import { wipe } from '../strategy/wipe.ts'
import { drawChart } from './chart.ts'
import { machine, toolVersions, versions } from './machine.ts'
import { ratios } from './ratios.ts'
import { atMedian, type Comparison, type Figure, type Measured, type Report, writeBeside } from './report.ts'

/** Of the bench's cache, the folder that is not the cache's. */
const WORK = 'bench'

export type Choice = {
  suites: readonly ('bookworm' | 'trixie')[]
  emulated: boolean
  /** Where list P comes from, for us and for peers; undefined: the mirrors that mmdebstrap knows. */
  mirror: string | undefined
}

/** One of several that are compared. */
export type Thing = { id: string; what: string; how(): Promise<Measured> }

export class Bench {
  readonly report: Report
  readonly choice: Choice
  /** A cache of the bench's own, empty at the start. */
  readonly cache: string
  /** For configs and results; it goes with the cache. */
  readonly work: string
  readonly #folders: string[]
  readonly #say: (line: string) => void

  private constructor(report: Report, cache: string, choice: Choice, folders: string[], say: (line: string) => void) {
    this.report = report
    this.cache = cache
    this.work = join(cache, WORK)
    this.choice = choice
    this.#folders = folders
    this.#say = say
    mkdirSync(this.work, { recursive: true })
  }

  /** For a build from nothing; configs and results stay. What is freed is freed on the disk, too, before anything is timed. */
  async emptyCache(): Promise<void> {
    for (const name of readdirSync(this.cache)) if (name !== WORK) await wipe(join(this.cache, name))
    await $({ quiet: true })`sync`
  }

  /** @param folders where bench.json and bench.svg are kept up to date. @param say takes a line of progress. */
  static async begin(cache: string, choice: Choice, folders: string[], say: (line: string) => void): Promise<Bench> {
    const git = await gitFacts(ROOT)
    const report: Report = {
      format: 1,
      machine: machine(),
      date: new Date().toISOString(),
      ...(git ? { commit: `${git.commit}${git.dirty ? '-dirty' : ''}` } : {}),
      versions: await versions(),
      // Not its name: it may be private, and the figures are published.
      notes: choice.mirror ? ['list P comes from one mirror, without updates and security'] : [],
      complete: false,
      figures: [],
      identity: [],
      missing: [],
    }
    return new Bench(report, cache, choice, folders, say)
  }

  /**
   * Measures one thing and keeps the figure. What fails is kept as such, and does not end the run: an hour of figures is
   * worth more than the one that is lacking.
   */
  async measure(id: string, what: string, how: () => Promise<Measured>): Promise<Figure | undefined> {
    return this.#attempt(id, what, async () => {
      const figure: Figure = { id, what, ...(await how()) }
      this.report.figures.push(figure)
      return { value: figure, said: duration(figure.seconds) }
    })
  }

  /**
   * Measures several things that are compared, `rounds` times in turn: what else the machine does meanwhile meets all of
   * them. Their figures are those of their median runs. What fails once is not tried again.
   */
  async measureInTurn(rounds: number, things: Thing[]): Promise<void> {
    let left = things.map(thing => ({ ...thing, runs: [] as Measured[] }))
    for (let round = 1; round <= rounds; round++) {
      for (const { id, what, how, runs } of left) {
        await this.#attempt(id, `${what}, run ${round} of ${rounds}`, async () => {
          const run = await how()
          runs.push(run)
          return { value: run, said: duration(run.seconds) }
        })
      }
      left = left.filter(({ runs }) => runs.length === round)
    }
    this.report.figures.push(...left.map(({ id, what, runs }) => ({ id, what, ...atMedian(runs) })))
    this.save()
  }

  /** The same for a comparison of two trees. */
  async compare(id: string, what: string, how: () => Promise<Omit<Comparison, 'id' | 'what'>>): Promise<void> {
    await this.#attempt(id, what, async () => {
      const comparison: Comparison = { id, what, ...(await how()) }
      this.report.identity.push(comparison)
      const verdict = comparison.equal ? 'equal' : chalk.red(`they differ: ${comparison.differing[0] ?? ''}`)
      return { value: comparison, said: `${comparison.entries} entries, ${verdict}` }
    })
  }

  /** Notes what cannot be measured on this machine, and why. */
  leaveOut(id: string, what: string, reason: string): void {
    this.report.missing.push({ id, what, reason, failed: false })
    this.#say(`${chalk.dim('–')} ${what}: ${reason}`)
    this.save()
  }

  /** Called after each figure: a run that is killed keeps what it has. */
  save(): void {
    const text = `${JSON.stringify({ ...this.report, ratios: ratios(this.report) }, null, 2)}\n`
    for (const folder of this.#folders) {
      writeBeside(join(folder, 'bench.json'), text)
      writeBeside(join(folder, 'bench.svg'), drawChart(this.report))
    }
  }

  async #attempt<T>(id: string, what: string, how: () => Promise<{ value: T; said: string }>): Promise<T | undefined> {
    this.#say(`${chalk.cyan('❯')} ${what}`)
    // What the one before wrote goes to the disk now: it would slow down this one.
    await $({ quiet: true })`sync`
    try {
      const { value, said } = await how()
      // The first build makes the tree that they come from.
      if (!this.report.versions.qemu) Object.assign(this.report.versions, await toolVersions(this.cache))
      this.#say(`${chalk.green('✔')} ${what}: ${said}`)
      return value
    } catch (error) {
      if (interrupted.aborted || !(error instanceof UserError)) throw error
      this.report.missing.push({ id, what, reason: error.message, failed: true })
      this.#say(`${chalk.red('✖')} ${what}: ${error.message}${error.hint ? `\n  ${error.hint}` : ''}`)
      return undefined
    } finally {
      this.save()
    }
  }
}
