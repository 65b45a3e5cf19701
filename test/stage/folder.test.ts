import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from '../../scripts/plan/world.ts'
import { readStages } from '../../scripts/stage/folder.ts'

let dirs: string[] = []
afterEach(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true })
  dirs = []
})

function folder(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'rootsmith-folder-'))
  dirs.push(dir)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}

const script = (title: string): string =>
  `import { step } from '${ROOT}/scripts/stage/step.ts'\nexport default step({ title: '${title}', async run() {} })\n`
const titles = async (...roots: string[]) =>
  (await readStages(roots)).map(({ name, steps }) => [name, ...steps.map(({ step }) => step.title)])

test('stages and steps come in the order of their names', async () => {
  const root = folder({ '20-b/10-x.ts': script('x'), '10-a/20-z.ts': script('z'), '10-a/10-y.ts': script('y') })
  expect(await titles(root)).toEqual([
    ['10-a', 'y', 'z'],
    ['20-b', 'x'],
  ])
})

test("pi-gen's files are steps, in pi-gen's order within a number", async () => {
  const root = folder({
    '10-a/00-packages': 'vim # an editor\ngit curl wget',
    '10-a/00-debconf': 'x',
    '10-a/00-run-chroot.sh': '',
    '10-a/00-packages-nr': 'mc',
  })
  expect(await titles(root)).toEqual([
    [
      '10-a',
      'Answer questions of debconf',
      'Install mc',
      'Install 4 packages and what they recommend',
      'Run 00-run-chroot.sh in the rootfs',
    ],
  ])
})

test('a later root adds stages, adds steps, and replaces a step of the same file name', async () => {
  const one = folder({ '10-a/10-x.ts': script('ours'), '10-a/20-y.ts': script('kept') })
  const two = folder({ '10-a/10-x.ts': script('theirs'), '45-b/10-z.ts': script('new') })
  expect(await titles(one, two)).toEqual([
    ['10-a', 'theirs', 'kept'],
    ['45-b', 'new'],
  ])
})

test('SKIP takes a stage out', async () => {
  expect(await titles(folder({ '10-a/10-x.ts': script('x'), '10-a/SKIP': '' }))).toEqual([['10-a']])
})

const refused: [string, Record<string, string>, string][] = [
  ['a folder without a number', { 'system/10-x.ts': '' }, 'a stage folder is named `NN-name`'],
  ['a script with capitals', { '10-a/10-Foo.ts': '' }, 'a stage script is named `NN-verb-noun.ts`'],
  ['a misspelt list', { '10-a/10-packages-rn': '' }, 'not a name that is known'],
  [
    'a script that exports nothing',
    { '10-a/10-x.ts': 'export const a = 1\n' },
    'a stage script ends in `export default step(',
  ],
  ['a script that does not parse', { '10-a/10-x.ts': 'export default {{' }, "the script can't be loaded"],
]
for (const [what, files, message] of refused) {
  test(`${what} is refused, not left out`, async () => {
    expect(readStages([folder(files)])).rejects.toThrow(message)
  })
}

test('every shipped stage loads', async () => {
  expect((await readStages([join(ROOT, 'stages')])).length).toBeGreaterThan(5)
})
