import { describe, expect, test } from 'bun:test'
import { BASE, load } from './folder.ts'

const packages = async (include: string, files: Record<string, string>): Promise<unknown> =>
  (await load({ 'main.yaml': `${BASE}packages: !include ${include}\n`, ...files })).config.packages

describe('wildcards', () => {
  const tree = {
    'p/b.yaml': 'b1',
    'p/a.yaml': 'a1',
    'p/B.yaml': 'b2',
    'p/.hidden.yaml': 'h1',
    'p/q/c.yaml': 'c1',
    'p/q/r/d.yaml': 'd1',
  }
  const found = (include: string): Promise<unknown> => packages(include, tree)

  test('they give a list, sorted by bytes, without hidden files', async () => {
    expect(await found('p/*.yaml')).toEqual(['b2', 'a1', 'b1'])
  })
  test('one match is a list of one', async () => expect(await found('p/[a].yaml')).toEqual(['a1']))
  test('no match is an empty list', async () => expect(await found('p/z*.yaml')).toEqual([]))
  test('a folder that does not exist has no match', async () => expect(await found('x/*.yaml')).toEqual([]))
  test('a question mark is one letter', async () => expect(await found('p/q/?.yaml')).toEqual(['c1']))
  test('two stars reach all folders below', async () => {
    expect(await found('p/**/*.yaml')).toEqual(['b2', 'a1', 'b1', 'c1', 'd1'])
  })
  test('a depth limits two stars', async () => {
    expect(await found('[p/**/*.yaml, 1]')).toEqual(['b2', 'a1', 'b1'])
    expect(await found('["p/**/*.yaml", {maxdepth: 2}]')).toEqual(['b2', 'a1', 'b1', 'c1'])
    expect(await found('{urlpath: p/**/*.yaml, glob: [2]}')).toEqual(['b2', 'a1', 'b1', 'c1'])
  })
  test('braces are letters', async () => expect(await found('"p/{a,b}*.yaml"')).toEqual([]))
  test('flatten joins the lists of the files', async () => {
    const files = { 'l/1.yaml': '[a1, a2]', 'l/2.yaml': '[b1]' }
    expect(await packages('{urlpath: l/*.yaml, flatten: true}', files)).toEqual(['a1', 'a2', 'b1'])
  })
})
