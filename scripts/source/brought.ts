/** `--rootfs` and `--name`: a config that only says what is put on a rootfs, and the rootfs named beside it. */
import { existsSync } from 'node:fs'
import type { LoadOptions } from '../config/load.ts'
import { UsageError } from '../lib/errors.ts'
import { fromUser, shown } from '../lib/paths.ts'
import { cacheDir } from '../plan/cache.ts'
import { archOfRootfs } from './arch.ts'
import { downloadOf } from './fetch.ts'

export type BroughtWords = { rootfs?: string | undefined; name?: string | undefined; set?: string[] }

/** @returns what these words set in a config, before and after `--set`. @throws UsageError when the rootfs is not there. */
export function startFrom({ rootfs, name, set = [] }: BroughtWords): Pick<LoadOptions, 'set' | 'defaults'> {
  const named = name === undefined ? [] : [`name=${JSON.stringify(name)}`]
  if (rootfs === undefined) return { set: [...named, ...set] }
  const isUrl = /^[a-z]+:\/\//i.test(rootfs)
  const source = isUrl ? { url: rootfs } : { path: fromUser(rootfs) }
  if (source.path !== undefined && !existsSync(source.path))
    throw new UsageError(`--rootfs ${rootfs} does not exist`, `looked for ${source.path}`)
  return {
    set: [`from=${JSON.stringify({ rootfs: source })}`, ...named, ...set],
    async defaults(value) {
      const target = value('target') ?? 'generic'
      const arch = value('arch') === undefined ? [`arch=${await archOf(source)}`] : []
      const own = target === 'generic' ? ['outputs=[rootfs]', 'system.ssh=false'] : []
      return [`target=${target}`, ...arch, ...own]
    },
  }
}

/** What is at an address is known once it was downloaded. */
async function archOf({ path, url = '' }: { path?: string; url?: string }): Promise<string> {
  const file = path ?? downloadOf(cacheDir(), url)
  const arch = existsSync(file) ? await archOfRootfs(file) : undefined
  if (arch) return arch
  throw new UsageError(
    path
      ? `${shown(file)} does not show for which architecture it is`
      : 'the architecture of a download is not known yet',
    'say it: --set arch=arm64',
  )
}
