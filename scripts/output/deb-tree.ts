/** The folder that dpkg-deb packs: the payload, the documents that Debian wants, and DEBIAN/. */
import { createHash } from 'node:crypto'
import { chmod, copyFile, lchown, lutimes, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import ejs from 'ejs'
import { ownerIds } from '../stage/files.ts'
import type { DebContext } from './deb.ts'
import { overridesOf } from './deb-overrides.ts'
import type { Item } from './item.ts'
import type { Payload } from './payload.ts'

const TEMPLATES = resolve(import.meta.dir, '../../templates/deb')

/** @returns name of the folder in the work folder. */
export async function stage(context: DebContext, name: string, payload: Payload): Promise<string> {
  const { work, rootfs, sourceDateEpoch } = context
  const top = join(work, 'deb')
  await rm(top, { recursive: true, force: true })
  const items = withParents([...payload.items, ...(await documents(context, name, payload))])
  for (const item of items) await place(top, item, ownerIds(rootfs, item.owner))
  const written = await control(context, name, payload, top, items)
  // From the deepest up, as writing into a folder changes its time. dpkg-deb itself only turns newer times back.
  for (const path of ['', ...items.map(item => item.target), ...written].reverse())
    await lutimes(join(top, path), sourceDateEpoch, sourceDateEpoch)
  return 'deb'
}

async function place(top: string, item: Item, [user, group]: [number, number]): Promise<void> {
  const path = join(top, item.target)
  if (item.kind === 'folder') await mkdir(path, { recursive: true })
  else if (item.kind === 'link') await symlink(item.link, path)
  else if (item.content !== undefined) await writeFile(path, item.content)
  else await copyFile(item.source, path)
  await lchown(path, user, group)
  // After chown, which clears setuid and setgid.
  if (item.kind !== 'link') await chmod(path, item.mode)
}

/** Folders above each item, as a package lists them; sorted, so that a folder comes before what is in it. */
function withParents(items: Item[]): Item[] {
  const all = new Map(items.map(item => [item.target, item]))
  for (const { target } of items)
    for (let path = dirname(target); path !== '.' && !all.has(path); path = dirname(path))
      all.set(path, { kind: 'folder', target: path, source: '', link: '', mode: 0o755, owner: 'root:root' })
  return [...all.values()].sort((a, b) => (a.target < b.target ? -1 : 1))
}

async function documents(context: DebContext, name: string, { items }: Payload): Promise<Item[]> {
  const doc = `usr/share/doc/${name}`
  const file = (target: string, content: string | Uint8Array): Item => {
    return { kind: 'file', target, source: '', link: '', mode: 0o644, owner: 'root:root', content }
  }
  const overrides = overridesOf(items, context.rootfs)
  const changelog = await render('changelog', context, name)
  // Policy 12.7: a version without a Debian revision is of a native package, whose changelog has the shorter name.
  const log = context.version.includes('-') ? 'changelog.Debian.gz' : 'changelog.gz'
  return [
    // As `gzip -9n`: no name and no time.
    file(`${doc}/${log}`, gzipSync(changelog, { level: 9 })),
    file(`${doc}/copyright`, await render('copyright', context, name)),
    ...(overrides.length === 0
      ? []
      : [
          file(
            `usr/share/lintian/overrides/${name}`,
            overrides
              .map(
                line => `${name}: ${line}
`,
              )
              .join(''),
          ),
        ]),
  ]
}

/** @returns what it wrote, folders before what is in them. */
async function control(
  context: DebContext,
  name: string,
  payload: Payload,
  top: string,
  items: Item[],
): Promise<string[]> {
  const folder = join(top, 'DEBIAN')
  await mkdir(folder, { mode: 0o755 })
  const files = items.filter(item => item.kind === 'file')
  const conffiles = files.filter(({ target }) => target.startsWith('etc/')).map(({ target }) => `/${target}\n`)
  const sums = files.filter(({ target }) => !target.startsWith('etc/')).map(({ target }) => md5Line(top, target))
  const sizes = await Promise.all(
    files.map(async ({ target }) => Math.ceil((await stat(join(top, target))).size / 1024)),
  )
  // As dpkg-gencontrol counts (policy 5.6.20): files in whole KiB, 1 KiB for anything else.
  const size = sizes.reduce((sum, kib) => sum + kib, items.length - files.length)
  const contents: Record<string, string> = {
    control: await render('control', context, name, { payload, size }),
    conffiles: conffiles.join(''),
    md5sums: (await Promise.all(sums)).join(''),
  }
  // postinst and postrm always: the version before may have had units and projects.
  for (const script of payload.units.length > 0 ? ['postinst', 'prerm', 'postrm'] : ['postinst', 'postrm'])
    contents[script] = await render(script, context, name, { payload })
  const written = Object.keys(contents).filter(file => contents[file] !== '')
  for (const file of written) {
    const content = contents[file] ?? ''
    await writeFile(join(folder, file), content)
    await chmod(join(folder, file), content.startsWith('#!') ? 0o755 : 0o644)
  }
  return ['DEBIAN', ...written.map(file => `DEBIAN/${file}`)]
}

async function md5Line(top: string, target: string): Promise<string> {
  return `${createHash('md5')
    .update(await readFile(join(top, target)))
    .digest('hex')}  ${target}\n`
}

async function render(
  template: string,
  context: DebContext,
  name: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const { config, version, sourceDateEpoch } = context
  const date = new Date(sourceDateEpoch * 1000)
  const data = {
    name,
    version,
    config,
    date: date.toUTCString().replace('GMT', '+0000'),
    year: date.getUTCFullYear(),
    ...more,
  }
  // Not HTML: nothing is escaped. What goes into a script (unit names) was checked where it was read.
  return ejs.renderFile(join(TEMPLATES, `${template}.ejs`), data, { escape: String })
}
