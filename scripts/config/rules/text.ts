import type { Problem } from '../../lib/errors.ts'
import { dotted, type Path } from '../path.ts'
import type { Rule } from '../rules.ts'

/** A description goes into a control file, which knows how to fold lines; nothing else has a place for a line break. */
const MULTILINE = ['package.description']

/** NUL and control characters end C strings, forge lines in files that stages write, and hide on a terminal. */
export const textIsPrintable: Rule = (config, { problem }) => {
  const look = (value: unknown, path: Path): Problem[] => {
    if (typeof value === 'string') {
      const bad = MULTILINE.includes(dotted(path)) ? value.replaceAll('\n', '') : value
      if (bad.includes('\n'))
        return problem(
          path,
          'holds a line break',
          'keep it on one line; a block of text ends with one unless it starts with `>-`',
        )
      return /\p{Cc}/u.test(bad) ? problem(path, 'holds a control character') : []
    }
    if (typeof value !== 'object' || value === null) return []
    const isList = Array.isArray(value)
    return Object.entries(value).flatMap(([key, inner]) => look(inner, [...path, isList ? Number(key) : key]))
  }
  return look(config, [])
}
