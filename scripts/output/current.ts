/** Whether out/<name>/ already holds what a plan would make. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan } from '../plan/types.ts'
import { sha256File } from './digest.ts'
import type { Metadata } from './publish.ts'

export function readMetadata(out: string): Metadata | undefined {
  try {
    return JSON.parse(readFileSync(join(out, 'metadata.json'), 'utf8')) as Metadata
  } catch {
    return undefined
  }
}

/**
 * True when every stage is cached, the outputs were made from these very layers by this very code, and each file still has
 * the digest that metadata.json gives it. Then metadata.json is brought up to date: nothing was built this time.
 */
export async function isMade(plan: Plan): Promise<boolean> {
  const started = new Date()
  const metadata = readMetadata(plan.out)
  if (!metadata || plan.fresh || !plan.outputsKey || metadata.outputs_key !== plan.outputsKey) return false
  const digests = new Map(metadata.artifacts.map(({ name, sha256 }) => [name, sha256]))
  for (const name of plan.outputs.flatMap(({ files }) => files)) {
    const digest = await sha256File(join(plan.out, name)).catch(() => undefined)
    if (!digest || digest !== digests.get(name)) return false
  }
  const stages = plan.stages.map(({ name, status, seconds, reason, bytes, layer = '' }) => ({
    name,
    status: status === 'cached' ? 'reused' : 'skipped',
    seconds,
    reason,
    bytes,
    layer,
  }))
  const seconds = (Date.now() - started.getTime()) / 1000
  const now: Metadata = { ...metadata, stages, build: { ...metadata.build, started: started.toISOString(), seconds } }
  const beside = join(plan.out, '.metadata.json.part')
  writeFileSync(beside, `${JSON.stringify(now, null, 2)}\n`)
  renameSync(beside, join(plan.out, 'metadata.json'))
  return true
}
