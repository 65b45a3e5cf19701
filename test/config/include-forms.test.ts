import { type Case, table } from './include-case.ts'

const forms: Case[] = [
  ['a scalar is a path', 'a', { a: '[vim]' }, ['vim']],
  ['a quoted scalar is one, too', '"a b"', { 'a b': '[vim]' }, ['vim']],
  ['a number is a name', '5', { 5: '[vim]' }, ['vim']],
  ['a sequence is a path and a depth', '["p/**/*", 1]', { 'p/a': 'a1', 'p/q/b': 'b1' }, ['a1']],
  ['a sequence of one is a path', '[a]', { a: '[vim]' }, ['vim']],
  ['a sequence may name the depth', '["p/**/*", {maxdepth: 2}]', { 'p/a': 'a1', 'p/q/b': 'b1' }, ['a1', 'b1']],
  ['a mapping has the path', '{urlpath: a}', { a: '[vim]' }, ['vim']],
  ['a mapping has a depth', '{urlpath: "p/**/*", glob: 1}', { 'p/a': 'a1', 'p/q/b': 'b1' }, ['a1']],
  ['a mapping flattens', '{urlpath: "p/*", flatten: true}', { 'p/a': '[a1, a2]', 'p/b': '[b1]' }, ['a1', 'a2', 'b1']],
  [
    'a mapping says so once',
    '{urlpath: a, flatten: true, flatten: false}',
    { a: '[a1]' },
    'main.yaml:6 packages: `!include` is given `flatten` twice [keep one of the two]',
  ],
  ['no path is no include', '', {}, 'main.yaml:6 packages: `!include` needs a path ['],
  ['an empty sequence has no path', '[]', {}, 'main.yaml:6 packages: `!include` takes a path and a depth ['],
  [
    'a depth of nothing is refused',
    '["a*", 0]',
    {},
    'main.yaml:6 packages: the depth of `!include` must be a whole number from 1 [',
  ],
  [
    'half a level is refused',
    '["a*", 1.5]',
    {},
    'main.yaml:6 packages: the depth of `!include` must be a whole number from 1 [',
  ],
  ['the shell does not expand names', '$HOME/~', {}, 'main.yaml:6 packages: includes `$HOME/~`, which does not exist'],
]

const wildcards: Case[] = [
  ['one match of a star is a list of one', '"*.y"', { 'a.y': 'a1' }, ['a1']],
  ['no match is an empty list', '"*.none"', { 'a.y': 'a1' }, []],
  ['no match of two stars, neither', '"p/**/*"', {}, []],
  ['no match flattened is an empty list', '{urlpath: "*.none", flatten: true}', {}, []],
  [
    'a list in a list of matches joins when flattened',
    '{urlpath: "p/*", flatten: true}',
    { 'p/a': '[a1, !include ../b]', b: '[b1]' },
    ['a1', 'b1'],
  ],
  ['a star stops at a folder', '"p/*"', { 'p/a': 'a1', 'p/q/b': 'b1' }, ['a1']],
  ['two stars alone are all files below', '"p/**"', { 'p/a': 'a1', 'p/q/b': 'b1' }, ['a1', 'b1']],
  [
    'two stars are none or many folders',
    '"p/**/x"',
    { 'p/x': 'x0', 'p/q/x': 'x1', 'p/q/r/x': 'x2' },
    ['x2', 'x1', 'x0'],
  ],
  ['a question mark is one letter', '"p/?"', { 'p/a': 'a1', 'p/bc': 'b1' }, ['a1']],
  ['a letter may have four bytes', '"p/?"', { 'p/\u{1F600}': 'e1' }, ['e1']],
  ['brackets are a set', '"p/[ac]"', { 'p/a': 'a1', 'p/b': 'b1', 'p/c': 'c1' }, ['a1', 'c1']],
  ['brackets are a range', '"p/[a-b]"', { 'p/a': 'a1', 'p/b': 'b1', 'p/c': 'c1' }, ['a1', 'b1']],
  ['brackets with `!` are all others', '"p/[!a]"', { 'p/a': 'a1', 'p/b': 'b1' }, ['b1']],
  ['a bracket that is not closed is a letter', '"p/[a"', { 'p/[a': 'a1' }, ['a1']],
  ['a `!` in front is a letter', '"!p*"', { '!p': 'p1', q: 'q1' }, ['p1']],
  ['braces are letters', '"p/{a,b}*"', { 'p/{a,b}': 'x1', 'p/a': 'a1' }, ['x1']],
  ['a backslash is a letter', "'p/a\\*'", { 'p/a\\b': 'a1', 'p/a*': 'b1' }, ['a1']],
  ['upper case comes before lower', '"p/*"', { 'p/b': 'b1', 'p/B': 'b2', 'p/a': 'a1' }, ['b2', 'a1', 'b1']],
  ['bytes are compared, not UTF-16', '"p/*"', { 'p/\u{1F600}': 'e1', 'p/\uFF5E': 'f1' }, ['f1', 'e1']],
  ['digits are not numbers', '"p/*"', { 'p/10': 'a10', 'p/9': 'a9' }, ['a10', 'a9']],
  ['hidden files are not meant', '"p/*"', { 'p/.h': 'h1', 'p/a': 'a1' }, ['a1']],
  ['hidden files are meant by a dot', '"p/.*"', { 'p/.h': 'h1', 'p/a': 'a1' }, ['h1']],
  [
    'only lists are flattened',
    '{urlpath: "p/*", flatten: true}',
    { 'p/a': '{a: 1}' },
    'p/a:1 packages: `flatten` joins lists, and this file holds something else',
  ],
]

table('the forms of !include', forms)
table('wildcards of !include', wildcards)
