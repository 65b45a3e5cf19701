/** The report that the guest wrote, copied out of its root file system without mounting it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { $ } from '../lib/bash.ts'
import { UserError } from '../lib/errors.ts'

/** templates/rootfs/usr/lib/rootsmith/first-boot-report writes it; looser here, so that an older image still says how it went. */
const schema = v.looseObject({
  version: v.literal(1),
  result: v.picklist(['done', 'failed']),
  steps: v.array(v.object({ name: v.string(), status: v.string(), seconds: v.number(), detail: v.string() })),
  state: v.string(),
  failed_units: v.array(v.string()),
  seconds: v.number(),
  kernel: v.string(),
  disk_bytes: v.number(),
  root_bytes: v.number(),
})
export type Report = v.InferOutput<typeof schema>

const PATH = '/var/lib/rootsmith/first-boot.json'

/**
 * @param offset bytes from the start of the card to the root partition. @param folder for scratch files.
 * @returns the report, and its text as the guest wrote it.
 */
export async function readReport(
  card: string,
  offset: number,
  folder: string,
): Promise<{ report: Report; text: string }> {
  // libext2fs takes options after a `?`: no need to copy the partition out (e2fsprogs, ext2fs_open2).
  const device = `${card}?offset=${offset}`
  const to = join(folder, 'first-boot.json')
  const run = $({ quiet: true, nothrow: true })
  // Replays the journal of a guest that was stopped; status 1 means that something was put right.
  await run`e2fsck -p ${device}`
  // dump prints its errors and ends with 0.
  const dump = await run`debugfs -R ${`dump ${PATH} ${to}`} ${device}`
  if (!existsSync(to)) throw new UserError(`the guest left no ${PATH}`, { hint: dump.stderr.trim() })
  const text = readFileSync(to, 'utf8')
  return { report: parseReport(text), text }
}

/** @throws UserError when it is not a report. */
export function parseReport(text: string): Report {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new UserError(`${PATH} is not JSON`)
  }
  const result = v.safeParse(schema, data)
  if (result.success) return result.output
  throw new UserError(`${PATH}: ${result.issues.map(issue => `${v.getDotPath(issue)}: ${issue.message}`).join('; ')}`)
}
