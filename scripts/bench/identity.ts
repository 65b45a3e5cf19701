/** The accelerated tree equals the emulated one, entry by entry: for list P and for every shipped config. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { readMetadata } from '../output/current.ts'
import { ROOT } from '../plan/world.ts'
import { hostArch } from '../sandbox/arch.ts'
import { differences, readArchive } from './archive.ts'
import type { Bench } from './bench.ts'
import { build } from './build.ts'
import { foreignArches, listConfig, listOut } from './list.ts'
import type { Comparison } from './report.ts'

type Subject = { id: string; what: string; config: string; accelerated: string; emulated: string }

/** Emulated builds take ten minutes and more, mostly on one core, and nobody times them here. */
const AT_ONCE = 2

export async function compareTrees(bench: Bench): Promise<void> {
  const left = [...lists(bench), ...(await shipped())]
  if (!bench.choice.emulated) {
    for (const { id, what } of left) bench.leaveOut(id, what, '--skip-emulated')
    return
  }
  const work = async (): Promise<void> => {
    for (let subject = left.shift(); subject; subject = left.shift()) {
      const each = subject
      await bench.compare(each.id, each.what, () => compare(bench, each))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** List P for the first foreign architecture, and for another one whose emulated tree is there already. */
function lists(bench: Bench): Subject[] {
  const { choice, work } = bench
  return choice.suites.flatMap(suite =>
    foreignArches().flatMap((arch, at) => {
      const emulated = listOut(suite, arch, true)
      if (at > 0 && !readMetadata(join(work, 'out', emulated))) return []
      const what = `list P, ${suite}, ${arch}: accelerated equals emulated`
      const config = listConfig(bench, suite, arch)
      return [{ id: `identity/list/${suite}/${arch}`, what, config, accelerated: listOut(suite, arch), emulated }]
    }),
  )
}

/** Every shipped config for a machine other than this one. */
async function shipped(): Promise<Subject[]> {
  const files = readdirSync(join(ROOT, 'config')).filter(name => name.endsWith('.yaml'))
  const loaded = await Promise.all(files.sort().map(name => loadConfig(join(ROOT, 'config', name))))
  return loaded
    .filter(({ config }) => config.arch !== hostArch())
    .map(({ config, file }) => ({
      id: `identity/${config.name}`,
      what: `${config.name}: accelerated equals emulated`,
      config: file,
      accelerated: `identity-${config.name}`,
      emulated: `identity-${config.name}-emulated`,
    }))
}

async function compare(bench: Bench, subject: Subject): Promise<Omit<Comparison, 'id' | 'what'>> {
  const archive = async (out: string, args: string[]): Promise<{ file: string; sha256: string }> => {
    const folder = join(bench.work, 'out', out)
    // Part list leaves its trees: those that were timed are those that are compared.
    const metadata =
      readMetadata(folder) ?? (await build(bench, subject.config, out, ['--set', 'outputs=[rootfs]', ...args])).metadata
    const made = metadata.artifacts.find(({ name }) => name.endsWith('.rootfs.tar.zst'))
    if (!made) throw new Error(`${folder} has no rootfs`)
    return { file: join(folder, made.name), sha256: made.sha256 }
  }
  return compareArchives(await archive(subject.accelerated, []), await archive(subject.emulated, ['--emulate']))
}

type Archive = { file: string; sha256: string }

/** The archive is sorted and has all that a tree has, so equal digests are equal trees. */
export async function compareArchives(one: Archive, other: Archive): Promise<Omit<Comparison, 'id' | 'what'>> {
  const entries = await readArchive(one.file)
  const equal = one.sha256 === other.sha256
  const differing = equal ? [] : differences(entries, await readArchive(other.file))
  // Nothing differs but the bytes: that would be a fault of the archive, or of how it is read.
  if (!equal && differing.length === 0) differing.push('the archives, though no entry does')
  return { equal, entries: entries.size, differing }
}
