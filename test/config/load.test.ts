import { describe, expect, test } from 'bun:test'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../scripts/config/load.ts'
import { ConfigError, EXIT } from '../../scripts/lib/errors.ts'
import { shown } from '../../scripts/lib/paths.ts'
import { BASE, inFolder, load, problems } from './folder.ts'

const mode = async (written: string): Promise<unknown> => {
  const component = `{type: file, source: main.yaml, target: /a, chmod: ${written}}`
  const { config } = await load(`${BASE}components: [${component}]\n`)
  const [found] = config.components
  return found?.type === 'file' && found.chmod
}

describe('a mode', () => {
  const rows: [written: string, read: string][] = [
    ['0644', '0644'],
    ['644', '644'],
    ['"644"', '644'],
    ['"0644"', '0644'],
    ['0o644', '0644'],
    ['4755', '4755'],
    ['04755', '04755'],
    ['"u=rw,go=r"', 'u=rw,go=r'],
    ['u+x', 'u+x'],
  ]
  test.each(rows)('may be written %s', async (written, read) => expect(await mode(written)).toBe(read))

  const wrong = ['08', '0888', '64', '064444', '1e3', '0x1ff', '644.0', '-644', 'rw', 'u=q', 'true', '"644 "', '[644]']
  test.each(wrong)('may not be written %s', async written => {
    expect(
      await problems(`${BASE}components: [{type: file, source: main.yaml, target: /a, chmod: ${written}}]\n`),
    ).toHaveLength(1)
  })
})

describe('a config', () => {
  test('has its defaults', async () => {
    const { config } = await load(BASE)
    expect(config.from.debian).toMatchObject({ suite: 'trixie', components: ['main'], variant: 'minbase' })
    expect(config.system).toMatchObject({ locale: 'C.UTF-8', timezone: 'Etc/UTC', ssh: true })
  })

  test('may use anchors, aliases and merge keys', async () => {
    const { config } = await load(
      `${BASE}packages: &p [vim]\ndepends: *p\nsystem: {<<: [&s {ssh: false, hostname: a}, {hostname: b}]}\n`,
    )
    expect([config.depends, config.system.ssh, config.system.hostname]).toEqual([['vim'], false, 'a'])
  })

  test('is YAML 1.2: a `no` is text', async () => {
    expect((await load(`${BASE}system: {keyboard: {layout: no}}\n`)).config.system.keyboard.layout).toBe('no')
  })

  test('has absolute paths, each from the folder of the file that names it', async () => {
    const files = {
      'main.yaml': `${BASE}stages: [mine]\ncomponents: [!include parts/a.yaml, {type: file, source: f, target: /f}]\n`,
      'parts/a.yaml': '{type: file, source: ../parts/x, target: /x}',
      'parts/x': '',
      f: '',
      'mine/10-a/SKIP': '',
    }
    const { config, dir } = await load(files)
    expect(config.components.map(each => ('source' in each ? each.source : ''))).toEqual([`${dir}/parts/x`, `${dir}/f`])
    expect(config.stages).toEqual([`${dir}/mine`])
  })

  test('knows where a value, a default and a missing element stand', async () => {
    const { locate, file: path } = await load(`${BASE}system:\n  hostname: a\npackages:\n  - vim\n`)
    const file = shown(path)
    expect(locate(['system', 'hostname'])).toEqual({ file, line: 7 })
    expect(locate(['system', 'locale'])).toEqual({ file, line: 6 })
    expect(locate(['packages', 0])).toEqual({ file, line: 9 })
    expect(locate(['image', 'free'])).toEqual({ file, line: 1 })
    expect(locate([])).toEqual({ file, line: 1 })
  })

  test('may be a link, and then starts where the link is', async () => {
    await inFolder({ 'real.yaml': `${BASE}packages: !include p.yaml\n`, 'p.yaml': '[vim]' }, async folder => {
      symlinkSync('real.yaml', join(folder, 'main.yaml'))
      expect((await loadConfig(join(folder, 'main.yaml'))).config.packages).toEqual(['vim'])
    })
  })

  test('that does not exist, or is a folder, ends with exit code 2', async () => {
    await inFolder({}, async folder => {
      mkdirSync(join(folder, 'd'))
      const missing: unknown = await loadConfig(join(folder, 'none.yaml')).catch(error => error)
      expect(missing).toBeInstanceOf(ConfigError)
      expect(missing).toMatchObject({
        exitCode: EXIT.usage,
        message: 'does not exist',
        where: { file: shown(join(folder, 'none.yaml')) },
      })
      expect(loadConfig(join(folder, 'd'))).rejects.toThrow('is a directory, not a YAML file')
    })
  })
})
