import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readMetadata } from '../../scripts/output/current.ts'
import { publish } from '../../scripts/output/publish.ts'
import type { Plan } from '../../scripts/plan/types.ts'
import { demoPlan } from '../screen/plan.ts'

// Not the file system of tmpdir() on most machines: a result is copied, then renamed.
const folders = [tmpdir(), '/dev/shm'].filter(existsSync)

for (const base of folders)
  test(`results replace those of earlier builds, whatever is left of them, in ${base}`, async () => {
    const out = join(mkdtempSync(join(base, 'publish-')), 'out')
    const finish = async (file: string): Promise<void> => {
      const work = mkdtempSync(join(tmpdir(), 'work-'))
      mkdirSync(join(work, 'out'))
      writeFileSync(join(work, 'out', file), file)
      writeFileSync(join(work, 'build.log'), 'said')
      await publish({ ...demoPlan, out, outputs: [{ name: 'deb', files: [file] }] } as Plan, {
        work,
        log: join(work, 'build.log'),
        events: [],
        layers: [],
        seconds: 1,
        outputsKey: '',
      })
    }
    await finish('demo_1_arm64.deb')
    for (const left of ['.demo_1_arm64.deb.part', 'build-failed.log', 'boot-virt.log', 'first-boot-virt.json', 'mine'])
      writeFileSync(join(out, left), 'old')
    await finish('demo_2_arm64.deb')

    expect(readdirSync(out).sort()).toEqual(['build.log', 'demo_2_arm64.deb', 'metadata.json', 'mine'])
    expect(readFileSync(join(out, 'demo_2_arm64.deb'), 'utf8')).toBe('demo_2_arm64.deb')
    expect(readMetadata(out)?.artifacts.map(({ name }) => name)).toEqual(['demo_2_arm64.deb'])
  })
