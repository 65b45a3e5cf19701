/** Rules about the files a rootfs starts from, and the stages that build on it. */
import type { Rule } from '../rules.ts'
import { kindOf, mustBe } from './file.ts'

const ARCHIVE = /\.(tar|tar\.gz|tgz|tar\.xz|tar\.zst)$/

export const rootfsExists: Rule = ({ from: { rootfs } }, context) => {
  if (rootfs?.path === undefined) return []
  const path = ['from', 'rootfs', 'path']
  if (kindOf(rootfs.path) === 'file' && !ARCHIVE.test(rootfs.path)) {
    return context.problem(
      path,
      `${context.show(path)} is not an archive by its name`,
      'it may be a folder, or end in .tar, .tar.gz, .tar.xz or .tar.zst',
    )
  }
  return mustBe(['file', 'folder'], rootfs.path, path, context)
}

export const keysExist: Rule = ({ from: { debian } }, context) =>
  (debian?.sources ?? []).flatMap(({ key }, i) =>
    key === undefined ? [] : mustBe(['file'], key, ['from', 'debian', 'sources', i, 'key'], context),
  )

/** The name is that of the file in sources.list.d and of its key. */
export const sourcesHaveDistinctNames: Rule = ({ from: { debian } }, { problem }) =>
  (debian?.sources ?? []).flatMap(({ name }, i, all) => {
    const first = all.findIndex(other => other.name === name)
    return first < i
      ? problem(['from', 'debian', 'sources', i, 'name'], `is also the name of \`from.debian.sources[${first}]\``)
      : []
  })

export const stagesExist: Rule = ({ stages }, context) =>
  stages.flatMap((folder, i) => mustBe(['folder'], folder, ['stages', i], context))
