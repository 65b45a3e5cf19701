/** The self-extracting .run: the script that flashes, small files beside it, and large payloads that stream out of it. */
import { chmod, copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import ejs from 'ejs'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { buildDeb } from './deb.ts'
import { sha256File } from './digest.ts'
import { flashes } from './flash/index.ts'
import type { Flash, PayloadFile } from './flash/table.ts'
import { whileItGrows } from './growing.ts'
import { writeRun } from './run-file.ts'
import { signatureFile, signFile } from './sign.ts'
import type { Output, OutputContext } from './table.ts'

const TEMPLATES = resolve(import.meta.dir, '../../templates/flash')
const ARCHIVE = 'archive.run'

export const bundle: Output = {
  name: 'bundle',
  needs: config => flashOf(config).needs,
  files(config, { label }) {
    const file = runFile(config, label)
    return [file, `${file}.sha256`, ...(config.bundle.sign_key ? [signatureFile(file)] : [])]
  },
  async make(context) {
    const { config, label, out, work, progress } = context
    const flash = flashOf(config)
    const folder = `${config.name}-${label}`
    progress('collecting the bundle')
    await rm(join(work, folder), { recursive: true, force: true })
    await mkdir(join(work, folder))
    const payloads = await flash.payloads(context)
    await writeFlashScript(context, payloads, join(work, folder, 'flash.sh'))
    for (const path of (await flash.files?.(context)) ?? []) await copyFile(path, join(work, folder, basename(path)))
    if (config.components.length > 0) {
      const deb = await buildDeb(context)
      await copyFile(deb, join(work, folder, basename(deb)))
    }
    await packArchive(context, folder)
    const file = runFile(config, label)
    const written = writeRun(join(work, ARCHIVE), payloads, join(out, file))
    const digest = await whileItGrows(context, 'packing the bundle', file, written)
    await writeFile(join(out, `${file}.sha256`), `${digest}  ${file}\n`)
    if (config.bundle.sign_key) await signFile(context, config.bundle.sign_key, file)
    await rm(join(work, folder), { recursive: true, force: true })
    await rm(join(work, ARCHIVE), { force: true })
  },
}

const runFile = (config: Config, label: string): string => `${config.name}-${label}.run`

/** @throws UserError when nothing flashes this target */
function flashOf({ target }: Config): Flash {
  const flash = flashes[target]
  if (!flash) throw new UserError(`nothing flashes the target ${target}, so there is no .run of it`)
  return flash
}

/** @param path where it is written, executable. */
export async function writeFlashScript(
  context: OutputContext,
  payloads: readonly PayloadFile[],
  path: string,
): Promise<void> {
  const flash = flashOf(context.config)
  const values = { ...(await flash.values(context)), payloads: await placesOf(payloads) }
  await writeFile(path, await ejs.renderFile(join(TEMPLATES, flash.template), values, { escape: quote }))
  await chmod(path, 0o755)
}

/** Places count from the end of the .run, so that they do not depend on what is before. */
async function placesOf(payloads: readonly PayloadFile[]): Promise<object[]> {
  let back = 0
  const places = []
  for (const { name, path, sha256 } of [...payloads].reverse()) {
    if (!/^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name)) throw new Error(`${name} cannot name a payload`)
    const { size } = await stat(path)
    back += size
    places.unshift({ name, bytes: size, sha256: sha256 ?? (await sha256File(path)), back })
  }
  return places
}

/** `<%= %>` in a flash script gives a word of the shell, whatever is in it. */
const quote = (value: unknown): string => `'${String(value).replaceAll("'", `'\\''`)}'`

async function packArchive({ config, label, tools, sourceDateEpoch }: OutputContext, folder: string): Promise<void> {
  const date = new Date(sourceDateEpoch * 1000).toUTCString()
  const owners = '--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX'
  const options = [
    // gnu, as ustar ends at 8 GiB. sha256 alone, as the others only take time.
    ...['--quiet', '--nocomp', '--tar-format', 'gnu', '--sha256', '--nomd5', '--nocrc'],
    // What shows progress reads behind the archive's end (`dd … skip=1 count=1` of the header), where payloads are.
    '--noprogress',
    // No xterm is opened when there is no terminal.
    ...['--nox11', '--nochown', '--packaging-date', date],
    ...['--tar-extra', `${owners} --mtime=@${sourceDateEpoch} --sort=name`],
  ]
  // By sh: an extracted script cannot be executed where TMPDIR is mounted noexec.
  const words = [folder, ARCHIVE, `${config.name} ${label}`, 'sh', './flash.sh']
  // makeself writes what `du` says of its tar into the header, and that depends on how the disk is fragmented.
  await tools`cd /work
    du() { command du --apparent-size "$@"; }
    export -f du
    TMPDIR=/work LC_ALL=C TZ=UTC bash /usr/bin/makeself ${options} ${words}`
}
