/** Which release of Jetson Linux (L4T) a BSP is. */
import { UserError } from '../lib/errors.ts'

/** `36.4.3`; `major` decides what its scripts are called with. */
export type Release = { text: string; major: number }

const OLDEST = 35
const NEWEST = 39

/**
 * @param stamp content of nv_tegra/nv_tegra_release (`# R36 (release), REVISION: 4.3, GCID: …`); '' where there is none.
 * @param name of the archive, `Jetson_Linux_R36.4.3_aarch64.tbz2`: what is asked when the stamp says nothing.
 * @throws UserError for a release whose scripts are called differently, or none at all.
 */
export function readRelease(stamp: string, name: string, warn: (message: string) => void): Release {
  const inside = /^# R(\d+) \(release\), REVISION: (\d+(?:\.\d+)*)/m.exec(stamp)
  const outside = /_r(\d+)\.(\d+(?:\.\d+)*)_/i.exec(name)
  const [, major, revision] = inside ?? outside ?? []
  if (major === undefined || revision === undefined)
    throw new UserError(`${name} does not say which release of Jetson Linux it is`, {
      hint: 'nv_tegra/nv_tegra_release in it should; is it the archive of a BSP, Jetson_Linux_R<version>_aarch64.tbz2?',
    })
  const release = { text: `${major}.${revision}`, major: Number(major) }
  if (release.major < OLDEST)
    throw new UserError(`${name} is Jetson Linux ${release.text}, and ${OLDEST} is the oldest that is supported`)
  if (release.major > NEWEST) warn(`Jetson Linux ${release.text} is newer than any that was tried (${NEWEST})`)
  return release
}
