/** One boot of an image, from the built file to the report. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../lib/errors.ts'
import { onInterrupt } from '../lib/interrupt.ts'
import { shown } from '../lib/paths.ts'
import { duration, size } from '../screen/format.ts'
import { makeCard, readPartitions, workFolder } from './card.ts'
import { firstBootText } from './console.ts'
import { readBootFiles } from './firmware.ts'
import { type Outcome, runGuest } from './guest.ts'
import { type Machine, PI3_DTB, qemuArgs } from './machine.ts'
import { type Report, readReport } from './report.ts'
import type { Watch } from './watch.ts'

export type Attempt = {
  image: string
  machine: Machine
  /** Seconds until the marker must have come. */
  timeout: number
  /** out/<name>: boot-MACHINE.log and first-boot-MACHINE.json are put there. */
  folder: string
  cache: string
  watch: Watch
}

/** @throws UserError when the image does not boot to its marker, with the console's last lines. */
export async function bootImage({
  image,
  machine,
  timeout,
  folder,
  cache,
  watch,
}: Attempt): Promise<{ report: Report; seconds: number }> {
  const work = workFolder(cache)
  const clean = (): void => rmSync(work, { recursive: true, force: true })
  const forget = onInterrupt(clean)
  // One of an earlier boot would pass for this one's.
  const reportFile = join(folder, `first-boot-${machine.name}.json`)
  rmSync(reportFile, { force: true })
  try {
    watch.say(`unpacking ${shown(image)}`)
    const card = await makeCard(image, work)
    const [boot, root] = await readPartitions(card)
    if (!boot || !root)
      throw new UserError(`${shown(image)} has no boot and root partition`, { hint: 'build it again: `just build`' })
    const files = await readBootFiles(card, boot.start, work, PI3_DTB)

    watch.say(`booting on ${machine.name}, ${machine.about}; at most ${duration(timeout)}`)
    const log = join(folder, `boot-${machine.name}.log`)
    const outcome = await runGuest({
      command: ['qemu-system-aarch64', ...qemuArgs(machine, files, card, log)],
      console: log,
      complaints: join(work, 'qemu.log'),
      seconds: timeout,
      onLine(line) {
        const said = firstBootText(line)
        if (said) watch.say(`[first-boot] ${said}`)
        else watch.line(line)
      },
    })
    watch.done()
    if (outcome.verdict.kind === 'failed') throw failure(machine, outcome, log)
    if (!outcome.clean) watch.say('the guest did not switch itself off: its file system is read after a repair')

    const { report, text } = await readReport(card, root.start, work)
    writeFileSync(reportFile, text)
    watch.say(summary(machine, outcome, report))
    for (const unit of report.failed_units)
      watch.say(`warning: ${unit} failed on this machine; ${shown(log)} may say why`)
    return { report, seconds: outcome.seconds }
  } finally {
    watch.done()
    forget()
    clean()
  }
}

function failure(machine: Machine, { verdict, last }: Outcome, log: string): UserError {
  const { reason, hint } = verdict.kind === 'failed' ? verdict : { reason: '', hint: '' }
  const lines = last.map(line => `  │ ${line}`).join('\n')
  return new UserError(`on ${machine.name}: ${reason}\n${lines}`, { hint: `${hint}\nthe whole console: ${shown(log)}` })
}

function summary(machine: Machine, { seconds }: Outcome, report: Report): string {
  const grown = `root file system ${size(report.root_bytes)} on a disk of ${size(report.disk_bytes)}`
  return `${machine.name}: first boot done after ${duration(seconds)} (Linux ${report.kernel}, system ${report.state}, ${grown})`
}
