/**
 * Extended attributes `trusted.*`: overlayfs marks with them a folder that hides the one below it. Only the machine's own
 * root sees them; in the sandbox they are not even listed. So they are written down here, outside, for who makes outputs.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInTree } from './in-tree.ts'

/** Where the store is in a rootfs. */
export const STORE = 'var/lib/docker'
/** Beside `docker/` in the layer: the attributes for tar, and as commands for debugfs. */
export const TRUSTED = { tar: 'trusted.tar', debugfs: 'trusted.debugfs' }

/** @param folder holds `docker`, the store; the two files are put beside it. */
export async function recordTrusted(tree: string, folder: string): Promise<void> {
  const list = await run(tree, folder, 'cd /mnt/docker && getfattr -R -P -h -d -m ^trusted[.] -e hex .')
  const found = parse(list)
  writeFileSync(join(folder, TRUSTED.debugfs), found.map(command).join(''), 'latin1')
  writeFileSync(join(folder, 'trusted.list'), found.map(({ path }) => `./${STORE}/${path}\0`).join(''), 'latin1')
  // One record, so that what ends the archive is 1024 bytes and can be cut off: another archive follows.
  await run(
    tree,
    folder,
    `mkdir -p /run/root/${STORE} && mount --bind /mnt/docker /run/root/${STORE} && cd /run/root &&
    tar --create --file /mnt/${TRUSTED.tar} --blocking-factor=1 --format=posix --no-recursion --numeric-owner --mtime=@0 \\
      --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --xattrs --xattrs-include='trusted.*' --null --files-from=/mnt/trusted.list`,
  )
  await run(tree, folder, 'rm /mnt/trusted.list')
}

type Attribute = { path: string; name: string; value: string }

/** getfattr's output: names relative to the store, in latin-1; a byte that it does not like is a backslash and three octal digits. */
export function parse(list: string): Attribute[] {
  const found: Attribute[] = []
  let path = ''
  for (const line of list.split('\n')) {
    if (line.startsWith('# file: '))
      path = line.slice(8).replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    const [, name, hex] = /^(trusted\.[^=]+)=0x([0-9a-f]*)$/.exec(line) ?? []
    if (!name) continue
    if (/["\n]/.test(path)) throw new Error(`${path}: a name that debugfs can't be told`)
    found.push({ path, name, value: Buffer.from(hex ?? '', 'hex').toString('latin1') })
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function command({ path, name, value }: Attribute): string {
  if (!/^[A-Za-z0-9]+$/.test(value)) throw new Error(`${path}: ${name} has a value that debugfs can't be told`)
  return `ea_set "/${STORE}/${path}" ${name} ${value}\n`
}

async function run(tree: string, folder: string, script: string): Promise<string> {
  const { status, stdout, stderr } = await runInTree(tree, [[folder, '/mnt']], script)
  if (status !== 0) throw new Error(`recording trusted attributes: ${stderr}`)
  return stdout
}
