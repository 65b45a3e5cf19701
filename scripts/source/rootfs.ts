/** A rootfs that was brought along: a folder, an archive, a disk image. The original is only read. */
import { readdirSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { DISK_IMAGE } from '../config/schema/from.ts'
import type { Arch } from '../config/schema.ts'
import { UserError } from '../lib/errors.ts'
import type { Context } from '../stage/context.ts'
import { checkRootfs } from './check.ts'
import { readDisk } from './disk.ts'
import { fetchFile, type Wanted } from './fetch.ts'
import { compressionOf, headOf, otherThan } from './kind.ts'
import type { Unpack } from './problem.ts'
import { copyFolder, unpackTar } from './tar.ts'

/** Fills the empty rootfs. @throws UserError that names the file and says what is wrong with it. */
export async function unpackRootfs(wanted: Wanted, context: Context): Promise<void> {
  await unpackFile(await fetchFile(context, wanted), context.config.arch, context)
}

/** @param file absolute; a folder, or a file named like a tar archive or a disk image. */
export async function unpackFile(file: string, arch: Arch, context: Unpack): Promise<void> {
  const shown = basename(file)
  const before = new Set(readdirSync(context.rootfs))
  if (statSync(file).isDirectory()) await copyFolder(file, shown, context)
  else {
    const head = headOf(file)
    const [packed, other] = [compressionOf(head), otherThan(head)]
    const isDisk = DISK_IMAGE.test(file)
    const isFine = packed || other === undefined || (other === 'a tar archive' && !isDisk)
    if (!isFine) throw new UserError(`${shown} is ${isDisk ? 'no disk image' : 'no tar archive'}: it is ${other}`)
    await (isDisk ? readDisk : unpackTar)(file, packed, shown, context)
  }
  checkRootfs(shown, context.rootfs, arch, before)
}
