import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Help, OPTIONS, parse } from '../../scripts/lib/args.ts'
import { UserError } from '../../scripts/lib/errors.ts'

const BUILD = {
  name: 'build',
  about: 'Build what a config describes.',
  words: ['config', 'stage'],
  options: OPTIONS,
  example: 'just build config/rpi.yaml --set system.hostname=pi4',
} as const

/** Message, hint and exit code of the error that the words cause. */
function complaint(...words: string[]): string {
  try {
    parse(BUILD, words)
  } catch (error) {
    if (error instanceof UserError) return `${error.exitCode} ${error.message} | ${error.hint ?? ''}`
    throw error
  }
  throw new Error('there was no error')
}

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootsmith-args-'))
  mkdirSync(join(folder, 'config'))
  for (const name of ['rpi', 'jetson']) writeFileSync(join(folder, `config/${name}.yaml`), 'name: x\n')
  writeFileSync(join(folder, 'mine.yaml'), 'name: x\n')
  process.env.ROOTSMITH_CWD = folder
})
afterEach(() => {
  delete process.env.ROOTSMITH_CWD
  rmSync(folder, { recursive: true })
})

describe('which config', () => {
  test('is config/rpi.yaml when none is named', () => {
    expect(parse(BUILD, []).config).toBe(join(folder, 'config/rpi.yaml'))
  })
  test('may be a bare name', () => {
    expect(parse(BUILD, ['jetson']).config).toBe(join(folder, 'config/jetson.yaml'))
  })
  test('is a path from the folder in which the user typed', () => {
    expect(parse(BUILD, ['mine.yaml']).config).toBe(join(folder, 'mine.yaml'))
    process.env.ROOTSMITH_CWD = join(folder, 'config')
    expect(parse(BUILD, ['../mine.yaml']).config).toBe(join(folder, 'mine.yaml'))
  })
  test('a folder named like a bare name does not hide the config', () => {
    mkdirSync(join(folder, 'jetson'))
    expect(parse(BUILD, ['jetson']).config).toBe(join(folder, 'config/jetson.yaml'))
  })
  test('a misspelt one is corrected, and all are listed', () => {
    const text = complaint('config/rpu.yaml')
    expect(text).toStartWith('2 no config config/rpu.yaml | did you mean config/rpi.yaml?\nthere are: ')
    expect(text).toContain('config/jetson.yaml, config/rpi.yaml')
  })
  test('a folder is refused as such', () => {
    expect(complaint('./config')).toStartWith('2 ./config is a folder, not a config')
  })
  test('may also be given by --config, once', () => {
    expect(parse(BUILD, ['--config', 'jetson']).config).toBe(join(folder, 'config/jetson.yaml'))
    expect(parse(BUILD, ['--config', 'mine.yaml']).config).toBe(join(folder, 'mine.yaml'))
    expect(complaint('rpi', '--config', 'jetson')).toStartWith('2 the config is given twice, as a word and by --config')
  })
  test('an empty word is refused', () => {
    expect(complaint('')).toStartWith('2 the config has no name')
  })
})

describe('options', () => {
  test('have their types and defaults', () => {
    const args = parse(BUILD, [])
    expect(args).toMatchObject({ strategy: 'auto', set: [], fresh: false, emulate: false, json: false, verbose: false })
    expect(args.out).toBeUndefined()
    expect(args.stage).toBeUndefined()
  })
  test('may stand before, between and after the words', () => {
    const args = parse(BUILD, [
      '--fresh',
      'rpi',
      '--strategy',
      'native',
      '10-system',
      '-v',
      '--set',
      'a=1',
      '--set=b=x y',
    ])
    expect(args).toMatchObject({
      fresh: true,
      strategy: 'native',
      stage: '10-system',
      verbose: true,
      set: ['a=1', 'b=x y'],
    })
  })
  test('--out is a path from the folder in which the user typed', () => {
    expect(parse(BUILD, ['--out', 'results']).out).toBe(join(folder, 'results'))
  })
  test('an unknown one is corrected', () => {
    expect(complaint('--frehs')).toBe('2 build has no option --frehs | did you mean --fresh?')
    expect(complaint('--quick')).toBe('2 build has no option --quick | `just build --help` lists them')
    expect(complaint('-x')).toBe('2 build has no option -x | `just build --help` lists them')
  })
  test('a value that is none of the choices is corrected', () => {
    expect(complaint('--strategy', 'nativ')).toBe(
      '2 --strategy cannot be `nativ` | did you mean native? one of auto, native, official, debian',
    )
  })
  test('a forgotten value is not taken from the next option', () => {
    expect(complaint('--out', '--fresh')).toBe('2 --out needs a value | --out DIR')
    expect(complaint('--set')).toBe('2 --set needs a value | --set KEY=VALUE')
    expect(parse(BUILD, ['--out=--fresh']).out).toBe(join(folder, '--fresh'))
  })
  test('a switch takes no value', () => {
    expect(complaint('--fresh=yes')).toStartWith('2 --fresh takes no value')
  })
  test('--set needs a key and a value', () => {
    expect(complaint('--set', 'system.locale')).toContain('there is no `=`')
    expect(complaint('--set', '=x')).toContain('there is no `=`')
    expect(parse(BUILD, ['--set', 'system.locale=']).set).toEqual(['system.locale='])
  })
  test('a word too many is refused, and key=value pointed to --set', () => {
    expect(complaint('rpi', '10-system', 'more')).toBe(
      '2 build does not take `more` | usage: just build [CONFIG] [STAGE] [OPTION]…',
    )
    expect(complaint('rpi', '10-system', 'system.locale=C')).toContain('write `--set system.locale=C`')
  })
  test('names that objects inherit are not options', () => {
    expect(complaint('--constructor')).toStartWith('2 build has no option --constructor')
    expect(complaint('--__proto__')).toStartWith('2 build has no option --__proto__')
  })
})

describe('--help', () => {
  const text = (): string => {
    try {
      parse(BUILD, ['--nonsense', '--help'])
    } catch (error) {
      if (error instanceof Help) return error.message
    }
    throw new Error('there was no help')
  }
  test('wins over mistakes and has usage, description, options and an example', () => {
    const lines = text().split('\n')
    expect(lines[0]).toBe('usage: just build [CONFIG] [STAGE] [OPTION]…')
    expect(lines[2]).toBe(BUILD.about)
    expect(text()).toContain('how to build: auto, native, official, debian (default: auto)')
    expect(text()).toContain('--set KEY=VALUE …')
    expect(lines.at(-1)).toBe(`Example: ${BUILD.example}`)
  })
  test('fits a terminal of 100 columns', () => {
    for (const line of text().split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
})
