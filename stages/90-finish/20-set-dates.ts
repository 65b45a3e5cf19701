import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { step } from '../../scripts/stage/step.ts'

/**
 * @param day days since the epoch.
 * @returns /etc/shadow with the day on which a password was last changed set to `day`; 0 (must be changed) and none stay.
 */
export function setPasswordDay(shadow: string, day: number): string {
  return shadow.replace(/^([^:\n]*:[^:\n]*:)[1-9]\d*(:)/gm, `$1${day}$2`)
}

// After all accounts were made. Some tools honour SOURCE_DATE_EPOCH and some write today; a layer may also be older than
// the build that reuses it.
export default step({
  title: 'Set dates inside files to that of the source',

  async run({ rootfs, sourceDateEpoch }) {
    const file = join(rootfs, 'etc/shadow')
    await writeFile(file, setPasswordDay(await readFile(file, 'utf8'), Math.floor(sourceDateEpoch / 86_400)))
  },
})
