/** The architecture of a rootfs that was brought along, found out before anything is built. */
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Arch } from '../config/schema.ts'
import { archOfElf, archOfFolder, ballot } from './elf.ts'
import { compressionOf, headOf } from './kind.ts'

/** Files begin at multiples of it in a tar archive, and in every file system of a disk image. */
const BLOCK = 512

/** @param path of a folder, an archive or a disk image. @returns undefined when nothing in it says so. */
export async function archOfRootfs(path: string): Promise<Arch | undefined> {
  if (statSync(path).isDirectory()) return archOfFolder(path)
  const packed = compressionOf(headOf(path))
  const [program = 'cat', ...flags] = packed?.decompress ?? ['cat']
  const child = spawn(program, [...flags, '--', path], { stdio: ['ignore', 'pipe', 'ignore'] })
  // Not installed: then nobody can look in.
  child.once('error', () => child.stdout.destroy())
  const votes = ballot()
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of child.stdout) {
      const data = rest.length ? Buffer.concat([rest, chunk]) : (chunk as Buffer)
      const whole = data.length - (data.length % BLOCK)
      // Most blocks are no start of a program: 0x7f first.
      for (let at = 0; at < whole; at += BLOCK)
        if (data[at] === 0x7f) votes.add(archOfElf(data.subarray(at, at + BLOCK)))
      if (votes.sure()) break
      rest = data.subarray(whole)
    }
  } catch {
    // What came before it is what there is to go by.
  } finally {
    child.kill('SIGKILL')
  }
  return votes.most()
}
