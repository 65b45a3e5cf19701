import { BASE, type Row, table } from '../folder.ts'

/** minisign's own format: two letters, the kind of encryption, and so many bytes in all. */
const key = (start: string, length: number): string =>
  `untrusted comment: minisign key\n${Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(length - start.length)]).toString('base64')}\n`
const config = `${BASE}bundle: {sign_key: sign.key}\n`
const at = 'main.yaml:6 bundle.sign_key: `sign.key`'

const rows: Row[] = [
  ['a secret key signs', { 'main.yaml': config, 'sign.key': key('EdScB2', 158) }, []],
  ['a secret key without a password signs, too', { 'main.yaml': config, 'sign.key': key('Ed\0\0B2', 158) }, []],
  [
    'the public key does not',
    { 'main.yaml': config, 'sign.key': key('Ed', 42) },
    [`${at} is the public key [name the secret one, such as minisign.key]`],
  ],
  [
    'another file does not',
    { 'main.yaml': config, 'sign.key': '-----BEGIN OPENSSH PRIVATE KEY-----\nEdScB2\n' },
    [`${at} is not a secret key of minisign [make one with \`minisign -G\`]`],
  ],
  ['a key must be there', { 'main.yaml': config }, [`${at} does not exist [looked for sign.key]`]],
]
table('the key that signs', rows)
