import { afterAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'zx'
import { differences, readArchive } from '../../scripts/bench/archive.ts'
import { compareArchives } from '../../scripts/bench/identity.ts'

const top = mkdtempSync(join(tmpdir(), 'rootsmith-archive-'))
afterAll(() => rmSync(top, { recursive: true }))

const LONG = `usr/${'deep/'.repeat(30)}ä`

/** As if the files with a pax header had it: not every machine has setfattr, nor every file system the attributes. */
const NOTE = ['--pax-option=SCHILY.xattr.user.note:=ä']

/** A tree with what a rootfs has, packed as scripts/output/rootfs.ts does it. */
async function archive(
  name: string,
  change: (tree: string) => unknown = () => {},
  more: string[] = [],
): Promise<string> {
  const tree = join(top, name)
  mkdirSync(join(tree, LONG), { recursive: true })
  mkdirSync(join(tree, 'etc'))
  writeFileSync(join(tree, 'etc/motd'), 'hello\n')
  writeFileSync(join(tree, 'large'), Buffer.alloc(3 * 2 ** 20 + 1, 7))
  writeFileSync(join(tree, LONG, 'empty'), '')
  symlinkSync('large', join(tree, 'link'))
  // After the long names: what a pax header says is of one entry only.
  writeFileSync(join(tree, 'zero'), '')
  await change(tree)
  const options = [
    '--sort=name',
    '--format=posix',
    '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
  ]
  const attributes = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--mtime=@1000000000']
  await $({ quiet: true })`tar -C ${tree} ${options} ${attributes} ${more} -cf - . | zstd -q > ${`${tree}.tar.zst`}`
  return `${tree}.tar.zst`
}

const relink = (file: string, target: string): void => {
  rmSync(file)
  symlinkSync(target, file)
}

const same = await archive('same')
const changesOf = async (name: string, change: (tree: string) => unknown): Promise<string[]> =>
  differences(await readArchive(same), await readArchive(await archive(name, change)))

describe('an archive', () => {
  test('is read whole: names of any length, links, contents of any size', async () => {
    const entries = await readArchive(same)
    expect(entries.size).toBe(39)
    expect(entries.get(`./${LONG}/empty`)).toMatchObject({ type: '0', mode: '644' })
    expect(entries.get('./link')).toMatchObject({ type: '2', link: 'large' })
    const content = createHash('sha256')
      .update(Buffer.alloc(3 * 2 ** 20 + 1, 7))
      .digest('hex')
    expect(entries.get('./large')).toMatchObject({ content, time: '1000000000' })
  })
  test('equals one of an equal tree', async () => {
    expect(await changesOf('equal', () => {})).toEqual([])
  })
  test.each<[string, (tree: string) => unknown, string[]]>([
    ['content', tree => writeFileSync(join(tree, 'etc/motd'), 'hullo\n'), ['./etc/motd: content']],
    ['mode', tree => chmodSync(join(tree, 'etc/motd'), 0o600), ['./etc/motd: mode']],
    ['link', tree => relink(join(tree, 'link'), 'etc'), ['./link: link']],
    ['absence', tree => rmSync(join(tree, 'etc/motd')), ['./etc/motd: only in the accelerated tree']],
    ['presence', tree => writeFileSync(join(tree, 'more'), ''), ['./more: only in the emulated tree']],
  ])('differs in %s', async (name, change, expected) => {
    expect(await changesOf(name, change)).toEqual(expected)
  })
  test('differs in extended attributes', async () => {
    const changed = differences(await readArchive(same), await readArchive(await archive('xattr', () => {}, NOTE)))
    expect(changed).toContain(`./${LONG}/empty: SCHILY.xattr.user.note`)
  })
  test('tells of the first differences only', async () => {
    expect(differences(await readArchive(same), new Map(), 5)).toHaveLength(5)
  })
})

describe('two trees', () => {
  const digest = async (file: string) => ({
    file,
    sha256: new Bun.CryptoHasher('sha256').update(await Bun.file(file).bytes()).digest('hex'),
  })
  test('are equal when their archives are the same bytes', async () => {
    const other = await archive('again')
    expect(await compareArchives(await digest(same), await digest(other))).toEqual({
      equal: true,
      entries: 39,
      differing: [],
    })
  })
  test('that differ are compared entry by entry', async () => {
    const other = await archive('other', tree => writeFileSync(join(tree, 'etc/motd'), 'hullo\n'))
    expect(await compareArchives(await digest(same), await digest(other))).toMatchObject({
      equal: false,
      differing: ['./etc/motd: content'],
    })
  })
})
