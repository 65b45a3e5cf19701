/** What git says of a folder. */

import type { GitFacts } from '../plan/version.ts'
import { $ } from './bash.ts'

/** @returns undefined outside a repository, before its first commit, or where git is missing. */
export async function gitFacts(folder: string): Promise<GitFacts | undefined> {
  // A clone that belongs to another user (root in a container) is still read: nothing of it is run.
  const run = $({
    nothrow: true,
    quiet: true,
    cwd: folder,
    env: { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
  })
  const [log, status, described, branch] = await Promise.all([
    run`git log -1 --format=${'%H %ct'}`,
    run`git status --porcelain`,
    run`git describe --tags --long --abbrev=7`,
    run`git rev-parse --abbrev-ref HEAD`,
  ])
  const [commit, time] = log.stdout.trim().split(' ')
  if (log.exitCode !== 0 || !commit || !time) return undefined
  const [, tag, distance] = /^(.*)-(\d+)-g[0-9a-f]+$/.exec(described.stdout.trim()) ?? []
  const name = branch.stdout.trim()
  return {
    commit,
    time: Number(time),
    dirty: status.stdout.trim() !== '',
    branch: name === 'HEAD' ? 'detached' : name,
    ...(tag ? { tag } : {}),
    onTag: tag !== undefined && distance === '0',
  }
}
