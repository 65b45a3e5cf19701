/** valibot's issues in a person's words. Values from `!ENV` and secrets are never shown, nor what they resemble. */
import type { BaseIssue } from 'valibot'
import type { Problem } from '../lib/errors.ts'
import { shapeIn, type UnknownKey } from './keys.ts'
import { dotted, type Path } from './path.ts'
import type { Shape } from './shape.ts'
import { didYouMean, oneOf } from './suggest.ts'
import { at, hasBroken, locate, type Tree } from './tree.ts'

type Issue = BaseIssue<unknown>

/** Problems for valibot's `issues`, without those that `unknown` or something broken already explains. */
export function problemsOf(issues: readonly Issue[], tree: Tree, unknown: readonly UnknownKey[]): Problem[] {
  return issues.flatMap(issue => {
    const path = (issue.path ?? []).map(item => (typeof item.key === 'number' ? item.key : String(item.key)))
    const parent = dotted(path.slice(0, -1))
    const isMisspelt = unknown.some(
      ({ meant, path: other }) => meant === path.at(-1) && dotted(other.slice(0, -1)) === parent,
    )
    const isInList = typeof path.at(-1) === 'string' && at(tree, path.slice(0, -1))?.kind === 'list'
    const isSaid = unknown.some(({ problem }) => problem.key === dotted(path))
    if (isSaid || isInList || hasBroken(tree, path) || (issue.input === undefined && isMisspelt)) return []
    return [{ where: locate(tree, path), key: dotted(path), ...describe(issue, path, tree) }]
  })
}

/** A value as errors may show it. */
export function show(tree: Tree, path: Path): string {
  const value = at(tree, path)
  if (value?.kind !== 'leaf') return value?.kind === 'list' ? 'a list' : 'a mapping'
  if (value.env !== undefined) return `the value of \`${value.env}\``
  const shape = shapeIn(tree, path)
  if (shape?.kind === 'leaf' && shape.secret) return 'the value'
  const text = JSON.stringify(value.source.length > 60 ? `${value.source.slice(0, 57)}…` : value.source)
  return `\`${text.slice(1, -1).replaceAll('\\"', '"')}\``
}

type Said = { message: string; hint?: string | undefined }

function describe(issue: Issue, path: Path, tree: Tree): Said {
  const value = at(tree, path)
  const shape = shapeIn(tree, path)
  const isAbsent = issue.input === undefined || issue.input === null
  if (isAbsent) {
    const isElement = typeof path.at(-1) === 'number'
    return { message: isElement ? 'is empty' : 'is missing', hint: wanted(shape, issue) }
  }
  const choices = choicesOf(shape, issue)
  if (issue.kind === 'schema' && choices.length > 0 && value?.kind === 'leaf') {
    const near = value.env === undefined ? didYouMean(value.source, choices) : undefined
    return { message: mustBe(oneOf(choices), value.env, show(tree, path)), hint: near }
  }
  if (issue.kind === 'schema') return wrongType(value, shape, show(tree, path))
  // Our own messages begin with `is not …`, `must …` or `needs …`; valibot's with `Invalid`.
  if (issue.message.startsWith('Invalid')) return { message: `${show(tree, path)} is not valid here` }
  if (issue.message.startsWith('is ')) return { message: `${show(tree, path)} ${issue.message}` }
  const isBe = issue.message.startsWith('must be ') && value?.kind === 'leaf'
  return { message: isBe ? mustBe(issue.message.slice(8), value.env, show(tree, path)) : issue.message }
}

function mustBe(what: string, env: string | undefined, shown: string): string {
  return env === undefined ? `must be ${what}, not ${shown}` : `${shown} must be ${what}`
}

function wrongType(value: Tree | undefined, shape: Shape | undefined, shown: string): Said {
  const expected = kindOf(shape)
  if (value?.kind !== 'leaf')
    return { message: `must be ${expected}, not ${value?.kind === 'list' ? 'a list' : 'a mapping'}` }
  const message = mustBe(expected, value.env, shown)
  if (value.env !== undefined) return { message }
  if (expected === 'text') return { message, hint: `put it in quotes: \`"${value.source}"\`` }
  if (expected === 'true or false' && /^(yes|no|on|off|y|n)$/i.test(value.source)) {
    return { message, hint: `write \`${/^(yes|on|y)$/i.test(value.source)}\`: YAML 1.2 has no \`${value.source}\`` }
  }
  return { message, hint: expected === 'a list' ? 'a list of one is written `[value]`' : undefined }
}

function kindOf(shape: Shape | undefined): string {
  if (shape?.kind === 'list') return 'a list'
  if (shape?.kind !== 'leaf') return 'a mapping'
  if (shape.type === 'boolean') return 'true or false'
  return shape.type === 'number' ? 'a number' : shape.type === 'union' ? 'a file mode such as `0644`' : 'text'
}

function wanted(shape: Shape | undefined, issue: Issue): string | undefined {
  const choices = choicesOf(shape, issue)
  if (choices.length > 0) return `write ${oneOf(choices)}`
  return shape ? `it must be ${kindOf(shape)}` : undefined
}

function choicesOf(shape: Shape | undefined, issue: Issue): string[] {
  if (shape?.kind === 'leaf' && shape.choices.length > 0) return shape.choices
  // The discriminator of a variant is known to the issue only: `"file" | "directory"`.
  return issue.type === 'variant' ? [...(issue.expected ?? '').matchAll(/"([^"]+)"/g)].map(match => match[1] ?? '') : []
}
