/**
 * The .run: an archive that makeself made, with payloads appended as they are. makeself alone would unpack them into
 * TMPDIR, gigabytes on a user's machine, and copy them into a tar here.
 */
import { type FileHandle, open } from 'node:fs/promises'
import type { PayloadFile } from './flash/table.ts'
import { MIB } from './size.ts'

/** Pieces that are all zeroes become holes: a sparse image stays one. A multiple of every file system's block. */
const PIECE = 64 * 1024
const zeroes = Buffer.alloc(PIECE)

/** makeself's options that our own flash scripts do not have; a command line that starts with another is for these. */
const MAKESELF_OPTIONS = [
  ...['--', '--info', '--dumpconf', '--lsm', '--tar', '--verify-sig', '--confirm', '-q', '--quiet', '--accept'],
  ...['--noexec', '--noexec-cleanup', '--keep', '--target', '--noprogress', '--nox11', '--nochown', '--chown'],
  ...['--nodiskspace', '--xwin', '--phase2', '--ssl-pass-src', '--cleanup-args'],
]

/**
 * What the second line of the .run becomes. It says where the .run is, for payloads are read from it after makeself has
 * gone to a folder of its own; and it hands options to the flash script, where makeself wants a `--` before them.
 */
const SECOND_LINE = [
  'case $0 in /*) ROOTSMITH_RUN=$0 ;; *) ROOTSMITH_RUN=$PWD/$0 ;; esac; export ROOTSMITH_RUN;',
  `case \${1:---list} in ${MAKESELF_OPTIONS.join(' | ')}) ;; --check) set -- -- "$@" ;; *) set -- --quiet -- "$@" ;; esac`,
].join(' ')

/**
 * Writes the .run beside nothing else: the space it takes is its own.
 * @param archive what makeself made. @param file is made new. @returns SHA-256 of the .run
 */
export async function writeRun(archive: string, payloads: readonly PayloadFile[], file: string): Promise<string> {
  const source = await open(archive)
  const target = await open(file, 'w', 0o755)
  const writer = new SparseWriter(target)
  try {
    const { header, end } = await readHeader(source)
    const sizes = await Promise.all(payloads.map(({ path }) => sizeOf(path)))
    const archived = (await source.stat()).size - end
    const total = sizes.reduce((sum, size) => sum + size, archived)
    await writer.write(Buffer.from(changeHeader(header, archived, total), 'latin1'))
    await writer.copy(source, end)
    for (const [index, { path }] of payloads.entries()) {
      const payload = await open(path)
      const copied = await writer.copy(payload, 0).finally(() => payload.close())
      if (copied !== sizes[index]) throw new Error(`${path} changed while it was packed`)
    }
    return await writer.finish()
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path)
  return (await file.stat().finally(() => file.close())).size
}

/** The shell script before the archive's data: makeself counts its lines in `skip`. */
async function readHeader(archive: FileHandle): Promise<{ header: string; end: number }> {
  const { buffer, bytesRead } = await archive.read(Buffer.alloc(MIB), 0, MIB, 0)
  const text = buffer.toString('latin1', 0, bytesRead)
  const lines = Number(/^skip="(\d+)"$/m.exec(text)?.[1])
  let end = 0
  for (let line = 0; line < lines; line++) end = text.indexOf('\n', end) + 1 || Number.NaN
  if (!(end > 0)) throw new Error('makeself made an archive without a header')
  return { header: text.slice(0, end), end }
}

/**
 * Lines are changed, none added, as `skip` counts them.
 * @param archived bytes of makeself's own data. @param total with the payloads.
 * @throws Error when this makeself's header is not the one that is known (2.5.0, of the tools tree)
 */
export function changeHeader(header: string, archived: number, total: number): string {
  const changes: [found: RegExp, becomes: string][] = [
    [/(?<=^#!\/bin\/sh\n)#.*$/m, SECOND_LINE],
    // makeself compares it with what the file has behind the header: cut off or longer, the .run does not start.
    [new RegExp(`^totalsize="${archived}"$`, 'm'), `totalsize="${total}"`],
    // The size without reading gigabytes at each start: wc asks the file system.
    [/(?<=^ *fsize=`)cat "\$1" \| wc -c/m, 'wc -c < "$1"'],
    // What everybody else says of Ctrl-C; the flash script's own status does not come through makeself's trap.
    [/(?<=^ *eval \$finish; exit )15$/m, '130'],
  ]
  return changes.reduce((text, [found, becomes]) => {
    if (!found.test(text)) throw new Error(`this makeself is not known: its header has no ${found.source}`)
    return text.replace(found, () => becomes)
  }, header)
}

/** Writes one piece after the other, hashing them; zeroes are left out. */
class SparseWriter {
  private at = 0
  private readonly hasher = new Bun.CryptoHasher('sha256')
  constructor(private readonly file: FileHandle) {}

  async write(piece: Buffer): Promise<void> {
    this.hasher.update(piece)
    let from = 0
    // Runs of pieces with something in them are written at once.
    for (let at = 0; at < piece.length; at += PIECE) {
      const part = piece.subarray(at, at + PIECE)
      if (!part.equals(zeroes)) continue
      if (at > from) await this.put(piece.subarray(from, at), from)
      from = at + PIECE
    }
    if (piece.length > from) await this.put(piece.subarray(from), from)
    this.at += piece.length
  }

  private async put(bytes: Buffer, offset: number): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.at + offset + done)
      done += bytesWritten
    }
  }

  /** @param from where in `source` to begin. @returns how many bytes it had from there. */
  async copy(source: FileHandle, from: number): Promise<number> {
    const buffer = Buffer.allocUnsafe(4 * MIB)
    for (let at = from; ; ) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) return at - from
      await this.write(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  }

  async finish(): Promise<string> {
    await this.file.truncate(this.at)
    return this.hasher.digest('hex')
  }
}
