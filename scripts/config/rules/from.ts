/** Rules about the files a rootfs starts from, and the stages that build on it. */
import { accessSync, constants } from 'node:fs'
import type { Path } from '../path.ts'
import type { Rule } from '../rules.ts'
import { ARCHIVE, DISK_IMAGE } from '../schema/from.ts'
import { kindOf, mustBe } from './file.ts'

const ENDINGS =
  'it may be a folder, or end in .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst, .img, .img.gz, .img.xz or .img.zst'

const isNamed = (name: string): boolean => ARCHIVE.test(name) || DISK_IMAGE.test(name)

export const rootfsExists: Rule = ({ from: { rootfs } }, context) => {
  if (!rootfs) return []
  const at = (key: string): Path => ['from', 'rootfs', key]
  const { path, url, sha256 } = rootfs
  if (path !== undefined && url !== undefined)
    return context.problem(at('url'), 'is given beside `path`, and a rootfs starts from one', 'keep one of the two')
  if (url !== undefined) {
    if (isNamed(new URL(url).pathname)) return []
    const hint = ENDINGS.replace('be a folder, or ', '')
    return context.problem(at('url'), 'names neither an archive nor a disk image', hint)
  }
  if (path === undefined)
    return context.problem(['from', 'rootfs'], 'has neither `path` nor `url`', 'write `path: rootfs.tar.xz`, say')
  const kind = kindOf(path)
  if (kind === 'file' && !isNamed(path))
    return context.problem(
      at('path'),
      `${context.show(at('path'))} is neither an archive nor a disk image by its name`,
      ENDINGS,
    )
  if (kind === 'folder' && sha256 !== undefined)
    return context.problem(at('sha256'), 'is of a file, and the rootfs is a folder', 'leave it out')
  const wrong = mustBe(['file', 'folder'], path, at('path'), context)
  return wrong.length || isReadable(path)
    ? wrong
    : context.problem(at('path'), `${context.show(at('path'))} may not be read by you`, 'see its permissions')
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

export const sourcesHaveDistinctNames: Rule = ({ from: { debian } }, { problem }) =>
  (debian?.sources ?? []).flatMap(({ name }, i, all) => {
    const first = all.findIndex(other => other.name === name)
    return first < i
      ? problem(['from', 'debian', 'sources', i, 'name'], `is also the name of \`from.debian.sources[${first}]\``)
      : []
  })

export const stagesExist: Rule = ({ stages }, context) =>
  stages.flatMap((folder, i) => mustBe(['folder'], folder, ['stages', i], context))

export const keysExist: Rule = ({ from: { debian } }, context) =>
  (debian?.sources ?? []).flatMap(({ key }, i) =>
    key === undefined ? [] : mustBe(['file'], key, ['from', 'debian', 'sources', i, 'key'], context),
  )
