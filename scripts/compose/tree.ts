/** A compose file as a tree whose values know their lines: anchors, merge keys and variables resolved. */
import { type Node, visit } from 'yaml'
import { compose as resolve } from '../config/compose.ts'
import { parse, readText, type Source } from '../config/document.ts'
import { child, leaves, type Tree } from '../config/tree.ts'
import { UserError, type Where } from '../lib/errors.ts'
import { shown } from '../lib/paths.ts'
import { BadVariable, type Interpolated, interpolate, type Variables } from './interpolate.ts'

/** Where Compose looks for variables; elsewhere (`x-…`, `version`) a `$` is a `$`. */
const INTERPOLATED = ['services', 'volumes', 'networks', 'configs', 'secrets']

/** @throws UserError with file and line for what Compose would not take, or what is not supported here. */
export function treeOf(file: string): Tree {
  const read = readText(file)
  if ('missing' in read || 'unreadable' in read)
    throw new UserError('missing' in read ? read.missing : read.unreadable, { where: { file: shown(file) } })
  const parsed = parse(read.text, file)
  if (!('source' in parsed)) throw failed(parsed.troubles[0])
  refuseTags(parsed.source)
  const session = { environment: {}, fence: undefined, problems: [], sources: new Map(), values: 0 }
  const place = { source: parsed.source, path: [], chain: [], open: [], depth: 0 }
  const tree = resolve(parsed.source.contents, place, session)
  const [problem] = session.problems as { where: Where; key: string; message: string; hint?: string }[]
  if (problem) throw failed({ ...problem, message: `${problem.key}: ${problem.message}` })
  return tree
}

/** `!reset` and `!override` are Compose 2.24's, and 1.29 stops at them; `!ENV` and `!include` are those of our own configs. */
function refuseTags(source: Source): void {
  visit(source.contents, {
    Node(_, node: Node) {
      if (!node.tag?.startsWith('!')) return
      const hint = 'Debian 12 has Compose 1.29, which knows no tags'
      throw new UserError(`has the tag \`${node.tag}\`, which is not supported`, { where: source.where(node), hint })
    },
  })
}

function failed(trouble: { where: Where; message: string; hint?: string | undefined } | undefined): UserError {
  return new UserError(trouble?.message ?? 'cannot be read', { where: trouble?.where, hint: trouble?.hint })
}

/** What Compose refuses to start with is refused here, wherever in the file it stands. */
export function refuseBadVariables(tree: Tree, variables: Variables): void {
  for (const key of INTERPOLATED) {
    const part = child(tree, key)
    if (part)
      for (const { path, leaf } of leaves(part)) put(leaf.source, leaf.where, variables, [key, ...path].join('.'))
  }
}

/** The text at `tree`, variables put in. @throws UserError when one is not set, as the build would depend on it. */
export function textOf(tree: Tree, key: string, variables: Variables): string {
  if (tree.kind !== 'leaf') throw new UserError(`${key} must be text`, { where: tree.where })
  const { value, unset } = put(typeof tree.value === 'string' ? tree.value : tree.source, tree.where, variables, key)
  if (unset.length === 0) return value
  throw new UserError(`${key} needs the variable \`${unset[0]}\`, which is not set`, {
    where: tree.where,
    hint: 'set it in the `.env` beside the compose file, or write a default: the environment of the build is not used',
  })
}

function put(text: string, where: Where, variables: Variables, key: string): Interpolated {
  try {
    return interpolate(text, variables)
  } catch (error) {
    if (error instanceof BadVariable) throw new UserError(`${key} ${error.message}`, { where })
    throw error
  }
}
