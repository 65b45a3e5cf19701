/** A Jetson: the BSP as NVIDIA packed it and the root file system, put together and flashed on the user's machine. */
import { basename, join } from 'node:path'
import { type BspFacts, readBspFacts } from '../../jetson/facts.ts'
import { UserError } from '../../lib/errors.ts'
import { fetchFile } from '../../source/fetch.ts'
import { rootfsFile } from '../rootfs.ts'
import type { OutputContext } from '../table.ts'
import type { Flash } from './table.ts'

export const jetson: Flash = {
  needs: ['rootfs'],
  template: 'jetson.sh.ejs',
  async payloads(context) {
    const bsp = await bspFile(context)
    return [
      { name: nameOf(bsp), path: bsp },
      { name: rootfsFile(context.config), path: join(context.out, rootfsFile(context.config)) },
    ]
  },
  async values(context) {
    const { config, label, rootfs } = context
    const { board, storage, layout = '' } = keys(context)
    const { release, bytes, boards, layouts } = readBspFacts(rootfs)
    return {
      name: config.name,
      label,
      release,
      bsp: nameOf(await bspFile(context)),
      bspBytes: bytes,
      rootfs: rootfsFile(config),
      rootfsBytes: await unpackedBytes(context),
      board,
      storage,
      layout,
      boards,
      layouts: Object.entries(layouts) as [string, BspFacts['layouts'][keyof BspFacts['layouts']]][],
    }
  },
}

function keys({ config: { jetson } }: OutputContext): NonNullable<OutputContext['config']['jetson']> {
  if (!jetson) throw new UserError('the target jetson needs the key `jetson`')
  return jetson
}

/** As a payload may be called. */
const nameOf = (file: string): string =>
  basename(file)
    .replace(/[^A-Za-z0-9+._-]/g, '_')
    .replace(/^[^A-Za-z0-9]/, 'x')

/** The stage noted it; here it is only read. */
const bspFile = async (context: OutputContext): Promise<string> =>
  await fetchFile(
    { ...context, noteSource: () => {}, progress: message => context.progress(message) },
    keys(context).bsp,
  )

/** On disk, in blocks: what the flash script has to find free. */
async function unpackedBytes({ tools }: OutputContext): Promise<number> {
  const { stdout } = await tools`du --summarize --block-size=1 --one-file-system /rootfs`
  return Number.parseInt(stdout, 10)
}
