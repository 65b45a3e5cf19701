import { isMap } from 'yaml'
import type { Problem } from '../../lib/errors.ts'
import { parse } from '../document.ts'
import type { Path } from '../path.ts'
import type { Rule, RuleContext } from '../rules.ts'
import { kindOf, mustBe, textOf } from './file.ts'

/**
 * cloud-init ignores a seed it can't read and boots on without a word, so it is read here first.
 * NoCloud also takes scripts and MIME archives as user data; those can't be checked and are refused.
 */
export const seedsAreCloudConfig: Rule = ({ cloud_init }, context) => {
  if (!cloud_init) return []
  return Object.entries(cloud_init).flatMap(([key, file]) => {
    if (file === undefined) return []
    const path = ['cloud_init', key]
    if (kindOf(file) !== 'file') return mustBe(['file'], file, path, context)
    const text = textOf(file)
    if (text === undefined) return context.problem(path, `${context.show(path)} may not be read`)
    if (text.trim() === '') return context.problem(path, `${context.show(path)} is empty`)
    // Exactly so, and with nothing before it: cloud-init looks at the first bytes.
    if (key === 'user_data' && !/^#cloud-config[ \t]*\r?\n/.test(text)) {
      return context.problem(
        path,
        `the first line of ${context.show(path)} is not \`#cloud-config\``,
        'other formats of user data are not supported',
      )
    }
    return yamlProblems(text, file, path, context)
  })
}

/** Problems inside the seed name the seed's own lines, except where even its name came from the environment. */
function yamlProblems(text: string, file: string, path: Path, context: RuleContext): Problem[] {
  const parsed = parse(text, file)
  const said = (message: string) => context.problem(path, `${context.show(path)} ${message}`)
  if ('source' in parsed) return isMap(parsed.source.contents) ? [] : said('is not a YAML mapping')
  if (context.isPrivate(path)) return said(parsed.troubles[0]?.message ?? 'is not valid YAML')
  return parsed.troubles.flatMap(({ where, message, hint }) =>
    said(message).map(problem => ({ ...problem, where, hint })),
  )
}
