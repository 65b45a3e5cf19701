/** One YAML text: read safely, parsed, and able to say on which line a node stands. Nothing is resolved here. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Alias, type Document, LineCounter, type Node, parseAllDocuments, visit, type YAMLError } from 'yaml'
import type { Where } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'

const MAX_BYTES = 1024 * 1024

export type Source = {
  /** Absolute; the main config's for `--set`. */
  file: string
  /** The folder that relative paths in it start from. */
  base: string
  contents: Node | null
  /** What each alias stands for: the last anchor of that name before it. */
  aliases: Map<Alias, Node>
  where(node?: Node | null): Where
}
export type Trouble = { where: Where; message: string; hint?: string | undefined }

/** The text of a YAML file, or why it can't be had. `missing` troubles are about the path, others about the content. */
export function readText(file: string): { text: string } | { missing: string } | { unreadable: string } {
  let bytes: Buffer
  try {
    // Not to wait for whoever writes to a pipe, nor for what /proc has to say.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      // Of what was opened: the name may be another file's a moment later.
      const stat = fstatSync(descriptor)
      if (stat.isDirectory()) return { missing: 'is a directory, not a YAML file' }
      if (!stat.isFile()) return { missing: 'is not a regular file' }
      if (stat.size > MAX_BYTES) return tooLarge(stat.size)
      bytes = readUpTo(descriptor, MAX_BYTES + 1)
      if (bytes.length > MAX_BYTES) return tooLarge(bytes.length)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
    return { missing: CANNOT[code] ?? `cannot be read: ${code}` }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? { unreadable: 'is a binary file, not YAML' } : { text }
  } catch {
    return { unreadable: 'is not UTF-8 text' }
  }
}

const CANNOT: Partial<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  ENAMETOOLONG: 'does not exist: no name can be that long',
  // A socket, or a device that nobody serves: open(2).
  ENXIO: 'is not a regular file',
  EACCES: 'may not be read: permission denied',
  ELOOP: 'is a symbolic link that leads back to itself',
}

function tooLarge(bytes: number): { unreadable: string } {
  return { unreadable: `is too large: ${bytes} bytes, and ${MAX_BYTES} are allowed` }
}

/** A file of /proc says that it is empty, and one may grow while it is read. */
function readUpTo(descriptor: number, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(most)
  let length = 0
  for (let read = 1; read > 0 && length < most; length += read)
    read = readSync(descriptor, bytes, length, most - length, null)
  return bytes.subarray(0, length)
}

/** Parses one document. `name` is what errors call it: a file, or `--set`, which has no lines. */
export function parse(text: string, file: string, name = shown(file)): { source: Source } | { troubles: Trouble[] } {
  const lines = new LineCounter()
  const whereAt = (offset: number): Where =>
    name === '--set' ? { file: name } : { file: name, line: lines.linePos(offset).line }
  // Pretty errors quote the line, and the line may hold a password. Duplicate keys are found while composing, where
  // their path is known.
  const found = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: true })
  const documents: Document.Parsed[] = 'empty' in found ? [] : found
  const [document, second] = documents
  if (!document || (documents.length === 1 && isEmpty(document))) {
    return { troubles: [{ where: { file: name }, message: 'is empty' }] }
  }
  const errors = documents.flatMap(each => each.errors)
  if (errors.length > 0) return { troubles: distinct(errors.map(error => troubleOf(error, whereAt(error.pos[0])))) }
  if (second) {
    const start = second.range[0]
    return {
      troubles: [
        {
          where: whereAt(start),
          message: 'holds more than one YAML document',
          hint: 'keep one, without a `---` after it',
        },
      ],
    }
  }
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== '1.2') {
    return {
      troubles: [
        {
          where: whereAt(0),
          message: 'asks for an old YAML, and only YAML 1.2 is read',
          hint: 'remove the `%YAML` line',
        },
      ],
    }
  }
  const where = (node?: Node | null): Where => whereAt(node?.range?.[0] ?? 0)
  return { source: { file, base: dirname(file), contents: document.contents, aliases: aliasesOf(document), where } }
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document
  return document.errors.length === 0 && (contents === null || ('source' in contents && contents.source === ''))
}

/** One walk for all aliases: the library's own `resolve` walks the document once for each. */
function aliasesOf(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliases = new Map<Alias, Node>()
  visit(document, {
    Node(_, node) {
      if ('anchor' in node && node.anchor) anchors.set(node.anchor, node)
    },
    Alias(_, node) {
      const target = anchors.get(node.source)
      if (target) aliases.set(node, target)
    },
  })
  return aliases
}

function troubleOf(error: YAMLError, where: Where): Trouble {
  if (error.code === 'TAB_AS_INDENT') return { where, message: 'is indented with a tab', hint: 'YAML wants spaces' }
  if (error.code === 'RESOURCE_EXHAUSTION') return { where, message: 'is nested too deeply' }
  const hint =
    error.code === 'BAD_SCALAR_START' || error.code === 'BLOCK_AS_IMPLICIT_KEY' ? 'put the value in quotes' : undefined
  return {
    where,
    message: `is not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`,
    hint,
  }
}

/** One slip makes the parser stumble several times: the first on each line is the one to read, and five are enough. */
function distinct(troubles: Trouble[]): Trouble[] {
  return troubles.filter((one, i) => troubles.findIndex(other => other.where.line === one.where.line) === i).slice(0, 5)
}
