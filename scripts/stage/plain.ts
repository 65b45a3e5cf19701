/** pi-gen's own files as steps: package lists, debconf answers, patches and shell scripts. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { type Step, step } from './step.ts'

type Kind = { title: (file: string) => string; run: (file: string, context: Context) => Promise<void> }

const KINDS: Record<string, Kind> = {
  debconf: {
    title: () => 'Answer questions of debconf',
    run: (file, { apt }) => apt.preseed(readFileSync(file, 'utf8')),
  },
  'packages-nr': {
    title: file => `Install ${count(packagesOf(file))}`,
    run: (file, { apt }) => changePackages(apt, packagesOf(file), false),
  },
  // pi-gen installs these with recommended packages; a list that wants none is `packages-nr`.
  packages: {
    title: file => `Install ${count(packagesOf(file))} and what they recommend`,
    run: (file, { apt }) => changePackages(apt, packagesOf(file), true),
  },
  patches: {
    title: () => 'Apply patches',
    run: async (folder, { tools, write, rootfs: _rootfs }) => {
      for (const name of listLines(join(folder, 'series'))) {
        await write(`/tmp/${basename(name)}`, readFileSync(join(folder, name)))
        await tools`patch --directory=/rootfs --strip=1 --force --no-backup-if-mismatch --input=/rootfs/tmp/${basename(name)}`
      }
    },
  },
  'run.sh': {
    title: file => `Run ${basename(file)}`,
    run: async (file, { rootfs, $, config }) => {
      requireExecutable(file)
      await $`cd ${dirname(file)} && ROOTFS_DIR=${rootfs} IMG_NAME=${config.name} ${file}`
    },
  },
  'run-chroot.sh': {
    title: file => `Run ${basename(file)} in the rootfs`,
    run: async (file, { chroot, write }) => {
      await write('/tmp/run-chroot.sh', readFileSync(file))
      await chroot`bash -e /tmp/run-chroot.sh`
    },
  },
}

/** @param file `NN-kind`, a kind of KINDS. */
export function plainStep(file: string): Step {
  const kind = KINDS[basename(file).slice(3)]
  if (!kind) throw new Error(`no such kind of stage file: ${file}`)
  return step({ title: kind.title(file), run: context => kind.run(file, context) })
}

function packagesOf(file: string): string[] {
  return listLines(file).flatMap(line => line.split(/\s+/))
}

/** As in pi-gen, `name-` removes a package. */
async function changePackages(apt: Context['apt'], names: string[], recommends: boolean): Promise<void> {
  const removed = names.filter(name => name.endsWith('-')).map(name => name.slice(0, -1))
  const installed = names.filter(name => !name.endsWith('-'))
  if (installed.length) await apt.install(installed, { recommends })
  if (removed.length) await apt.remove(removed)
}

/** Lines of a list file without comments, as pi-gen reads them. */
function listLines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '')
}

function count(names: string[]): string {
  return names.length <= 3 ? names.join(', ') || 'no packages' : `${names.length} packages`
}

function requireExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK)
  } catch {
    throw new UserError(`${basename(file)} is not executable, so it would be left out`, {
      hint: `chmod +x ${file}`,
      where: { file },
    })
  }
}
