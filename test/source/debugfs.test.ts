import { expect, test } from 'bun:test'
import { parseListings } from '../../scripts/source/debugfs.ts'

const ROOT = { inode: 2, path: '' }
const DOTS = '/2/040755/0/0/.//\n/2/040755/0/0/..//\n'
const parsed = (text: string): string[] => parseListings(text, [ROOT]).map(({ path }) => path)

test('a listing is read whatever the names are', () => {
  const names =
    'debugfs: ls -l -p <2>\n/12/100644/1000/5/a\nb/7/\n/13/040755/0/0/debugfs: ls -l -p <3>\n//\n/14/120777/0/0/ /3/\n\n'
  expect(parsed(names)).toEqual(['a\nb', 'debugfs: ls -l -p <3>\n', ' '])
  expect(parseListings(names, [ROOT])[0]).toEqual({
    inode: 12,
    mode: 0o100644,
    uid: 1000,
    gid: 5,
    size: 7,
    path: 'a\nb',
  })
})

test('listings follow each other, and names are below their folders', () => {
  const text = `debugfs: ls -l -p <2>\n${DOTS}\ndebugfs: ls -l -p <3>\n/4/100644/0/0/x/0/\n\n`
  expect(parseListings(text, [ROOT, { inode: 3, path: 'a/b' }]).map(({ path }) => path)).toEqual(['.', '..', 'a/b/x'])
})

test('a name with a slash, which would lead elsewhere, is refused', () => {
  const text = `debugfs: ls -l -p <2>\n${DOTS}/12/100644/0/0/../../etc/passwd/7/\n\n`
  expect(() => parsed(text)).toThrow('the folder / has a name that is none')
})
