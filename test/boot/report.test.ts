import { describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { parseReport, readReport } from '../../scripts/boot/report.ts'

const REPORT = {
  version: 1,
  result: 'done',
  steps: [{ name: 'grow-root', status: 'ok', seconds: 3, detail: '' }],
  state: 'running',
  failed_units: [],
  seconds: 60,
  kernel: '6.12',
  disk_bytes: 1,
  root_bytes: 1,
}

test('parseReport keeps what it does not know, and names what is wrong', () => {
  expect(parseReport(JSON.stringify({ ...REPORT, model: 'Pi' }))).toMatchObject({ model: 'Pi' })
  expect(() => parseReport('{')).toThrow(/is not JSON/)
  expect(() => parseReport(JSON.stringify({ ...REPORT, result: 'maybe' }))).toThrow(/result/)
})

describe('readReport', () => {
  const START = 4 << 20
  /** A card with an ext4 file system at START, made as images are: from a folder, without mounting. */
  const card = async (text?: string): Promise<{ card: string; dir: string }> => {
    const dir = mkdtempSync(join(tmpdir(), 'report-'))
    const tree = join(dir, 'tree/var/lib/rootsmith')
    mkdirSync(tree, { recursive: true })
    if (text) writeFileSync(join(tree, 'first-boot.json'), text)
    const path = join(dir, 'card.img')
    await $({
      quiet: true,
    })`truncate -s 20M ${path} && /sbin/mke2fs -q -F -t ext4 -E offset=${START} -d ${join(dir, 'tree')} ${path} 12M`
    return { card: path, dir }
  }

  test('copies the report out of a file system inside the card', async () => {
    const made = await card(JSON.stringify(REPORT))
    expect((await readReport(made.card, START, made.dir)).report).toMatchObject({ result: 'done', kernel: '6.12' })
  })

  test('says so when the guest left none', async () => {
    const made = await card()
    await expect(readReport(made.card, START, made.dir)).rejects.toThrow(/left no .*first-boot.json/)
  })
})
