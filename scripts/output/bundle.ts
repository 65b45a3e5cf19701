/** The self-extracting .run: the compressed image, the script that flashes it, and the components' .deb. */
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import ejs from 'ejs'
import type { Config } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import { compressionOf, imageFile } from './compress.ts'
import { buildDeb } from './deb.ts'
import { writeChecksum } from './digest.ts'
import { readFacts } from './facts.ts'
import { whileItGrows } from './growing.ts'
import type { Output, OutputContext } from './table.ts'

const TEMPLATES = resolve(import.meta.dir, '../../templates/flash')

/** Flash scripts by target. */
const SCRIPTS: Partial<Record<Config['target'], string>> = { rpi: 'rpi.sh.ejs', generic: 'rpi.sh.ejs' }

export const bundle: Output = {
  name: 'bundle',
  needs: ['image'],
  files: (config, { label }) => [runFile(config, label), `${runFile(config, label)}.sha256`],
  async make(context) {
    const { config, label, out, work, progress } = context
    const folder = `${config.name}-${label}`
    progress('collecting the bundle')
    await rm(join(work, folder), { recursive: true, force: true })
    await mkdir(join(work, folder))
    await writeFlashScript(context, join(work, folder, 'flash.sh'))
    // A link, which makeself follows, instead of one more copy of the image.
    await symlink(`/out/${imageFile(config)}`, join(work, folder, imageFile(config)))
    if (config.components.length > 0) {
      const deb = await buildDeb(context)
      await copyFile(deb, join(work, folder, basename(deb)))
    }
    await whileItGrows(context, 'packing the bundle', runFile(config, label), packBundle(context, folder))
    await writeChecksum(join(out, runFile(config, label)))
    await rm(join(work, folder), { recursive: true, force: true })
  },
}

const runFile = (config: Config, label: string): string => `${config.name}-${label}.run`

/**
 * @param path where it is written, executable; the image is expected beside it
 * @throws UserError when nothing flashes this target
 */
export async function writeFlashScript({ config, label, out }: OutputContext, path: string): Promise<void> {
  const script = SCRIPTS[config.target]
  if (!script) throw new UserError(`there is no flash script for the target ${config.target}`)
  const facts = await readFacts(out, config.name)
  const values = {
    name: config.name,
    label,
    image: imageFile(config),
    decompress: compressionOf(config).decompress,
    bytes: facts.image_bytes,
    sha256: facts.image_sha256,
  }
  await writeFile(path, await ejs.renderFile(join(TEMPLATES, script), values, { escape: quote }))
  await chmod(path, 0o755)
}

/** `<%= %>` in a flash script gives a word of the shell, whatever is in it. */
const quote = (value: unknown): string => `'${String(value).replaceAll("'", `'\\''`)}'`

async function packBundle(
  { config, label, tools, work, sourceDateEpoch }: OutputContext,
  folder: string,
): Promise<void> {
  const date = new Date(sourceDateEpoch * 1000).toUTCString()
  await writeFile(join(work, 'help.txt'), await readFile(join(TEMPLATES, 'help.txt')))
  const owners = '--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX'
  const options = [
    // Already compressed. gnu, as ustar ends at 8 GiB. sha256 alone, as the others only take time.
    ...['--quiet', '--nocomp', '--tar-format', 'gnu', '--sha256', '--nomd5', '--nocrc'],
    // No xterm is opened when there is no terminal; --follow: the image is a link.
    ...['--nox11', '--nochown', '--follow', '--packaging-date', date, '--help-header', 'help.txt'],
    ...['--tar-extra', `${owners} --mtime=@${sourceDateEpoch} --sort=name`],
  ]
  // By sh: an extracted script cannot be executed where TMPDIR is mounted noexec.
  const words = [folder, `/out/${runFile(config, label)}`, `${config.name} ${label}`, 'sh', './flash.sh']
  // makeself writes what `du` says of its tar into the header, and that depends on how the disk is fragmented.
  await tools`cd /work
    du() { command du --apparent-size "$@"; }
    export -f du
    TMPDIR=/work LC_ALL=C TZ=UTC bash /usr/bin/makeself ${options} ${words}`
}
