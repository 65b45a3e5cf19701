// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../scripts/config/load.ts'
import { type Job, parseMessage } from '../../scripts/container/wire.ts'
import { ROOT } from '../../scripts/plan/world.ts'

test('the job comes behind the archive, on the same stdin, and its plan has no value from the environment', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'rootsmith-inside-'))
  writeFileSync(
    join(dir, 'x.yaml'),
    'name: x\ntarget: generic\narch: amd64\nfrom: {debian: {}}\noutputs: [rootfs]\nsystem: {hostname: !ENV "h-${NAME}"}\n',
  )
  const env = { NAME: 'qz4711secret' }
  const { locate: _, ...loaded } = await loadConfig(join(dir, 'x.yaml'), { env })
  const options = { out: join(dir, 'out'), emulate: false, fresh: false, profile: false, git: undefined, epoch: 1 }
  const job: Job = { word: 'word', verb: 'plan', loaded, options, strategy: 'debian', environment: env, auths: {} }
  // As run.ts begins, without what only a container allows.
  const archive = Bun.spawnSync(['tar', '-c', '-C', dir, 'x.yaml']).stdout
  const begin = `head -c ${archive.length} | tar -t > ${dir}/names; exec ${process.execPath} ${ROOT}/scripts/container/inside.ts`
  const inside = Bun.spawn(['sh', '-c', begin], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    env: { PATH: process.env.PATH, ROOTSMITH_CACHE: join(dir, 'cache') },
  })
  inside.stdin.write(archive)
  inside.stdin.write(`${JSON.stringify(job)}\n`)
  await inside.stdin.flush()
  const said = await new Response(inside.stdout).text()
  inside.stdin.end()
  expect(await inside.exited).toBe(0)
  const message = parseMessage('word', said.trim())
  expect(message && 'plan' in message && message.plan.config.system.hostname).toBe('h-${NAME}')
  expect(said).not.toContain(env.NAME)
  rmSync(dir, { recursive: true })
}, 30_000)
