import { expect, test } from 'bun:test'
import { fileLabel, type GitFacts, packageVersion } from '../../scripts/plan/version.ts'

const commit = 'abc1234def5678900000000000000000000000000'
const time = Date.UTC(2026, 0, 1, 12, 0, 0) / 1000
const git = (more: Partial<GitFacts> = {}): GitFacts => ({
  commit,
  time,
  dirty: false,
  branch: 'main',
  onTag: false,
  ...more,
})
/** dpkg itself says what sorts where. */
const sorts = (a: string, relation: 'lt' | 'gt', b: string): boolean =>
  Bun.spawnSync(['dpkg', '--compare-versions', a, relation, b]).exitCode === 0

test('on a tag the version is the tag', () => {
  expect(packageVersion(git({ tag: 'v1.2.0', onTag: true }))).toBe('1.2.0')
})

test('between tags it sorts after the last and before the next', () => {
  const version = packageVersion(git({ tag: 'v1.2.0' }))
  expect(version).toBe('1.2.0+git20260101120000.abc1234')
  expect(sorts(version, 'gt', '1.2.0')).toBe(true)
  expect(sorts(version, 'lt', '1.2.1')).toBe(true)
})

test('a beta sorts before its release', () => {
  const version = packageVersion(git({ tag: '2.1.0-beta', onTag: true }))
  expect(version).toBe('2.1.0~beta')
  expect(sorts(version, 'lt', '2.1.0')).toBe(true)
})

test('changes that are not committed make another version, even on a tag', () => {
  expect(packageVersion(git({ tag: 'v1.2.0', onTag: true, dirty: true }))).toBe('1.2.0+git20260101120000.abc1234.dirty')
})

test('without a tag, or without git, there is a version all the same', () => {
  expect(packageVersion(git())).toBe('0.0.0+git20260101120000.abc1234')
  expect(packageVersion(undefined)).toBe('0.0.0')
  expect(packageVersion(git({ tag: 'release', onTag: true }))).toMatch(/^0\.0\.0/)
})

test('file names carry the version on a tag, else date, branch and commit', () => {
  expect(fileLabel(git({ tag: 'v1.2.0', onTag: true }))).toBe('1.2.0')
  expect(fileLabel(git({ branch: 'feature/new thing' }))).toBe('20260101-feature-new-thing-abc1234-dev')
  expect(fileLabel(undefined)).toBe('dev')
})
