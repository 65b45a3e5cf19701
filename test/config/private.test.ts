// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${…}` is what !ENV reads
import { describe, expect, test } from 'bun:test'
import { privateValues } from '../../scripts/config/private.ts'
import { BASE, type Files, load } from './folder.ts'

const hidden = async (more: string | Files, env: Record<string, string>): Promise<Record<string, string>> =>
  Object.fromEntries(privateValues(await load(typeof more === 'string' ? `${BASE}${more}\n` : more, { env }), env))

describe('a value from the environment is private', () => {
  const rows: [title: string, config: string, env: Record<string, string>, expected: Record<string, string>][] = [
    ['with the name of its variable', 'package: {description: !ENV X}', { X: 'a long text' }, { 'a long text': 'X' }],
    ['without the text around it', 'system: {hostname: !ENV "kiosk-${X}"}', { X: 'room-42' }, { 'room-42': 'X' }],
    [
      'for each variable',
      'package: {description: !ENV "${X} ${Y}"}',
      { X: 'value-1', Y: 'value-2' },
      { 'value-1': 'X', 'value-2': 'Y' },
    ],
    [
      'line by line',
      'package: {description: !ENV X}',
      { X: 'line one\n\nline two\n' },
      { 'line one': 'X', 'line two': 'X' },
    ],
    [
      'in a list',
      'components: [{type: file, source: main.yaml, target: !ENV X}]',
      { X: '/opt/room42' },
      { '/opt/room42': 'X' },
    ],
    ['but not a default', 'package: {description: !ENV "${X:-by-default}"}', {}, {}],
    ['but not a word', 'package: {description: !ENV X}', { X: 'Debian' }, {}],
    ['but not a number', 'package: {description: !ENV X}', { X: '192.168.1.10' }, {}],
    ['but not when it is short', 'package: {description: !ENV X}', { X: 'ab-12' }, {}],
    [
      'but not what the config says in clear elsewhere',
      'system: {hostname: kiosk-42, timezone: !ENV X}',
      { X: 'kiosk-42' },
      {},
    ],
    ['but not a truth', 'system: {ssh: !ENV X}', { X: 'false' }, {}],
    ['but not the number of a level', 'image: {compression: {level: !ENV X}}', { X: '9' }, {}],
    ['but not one of a choice', 'from: {debian: {suite: !ENV X}}', { X: 'bookworm' }, {}],
    [
      'but not what results are named by',
      'name: !ENV X\npackage: {name: !ENV X, version: !ENV V}',
      { X: 'kiosk-42', V: '1.0~beta' },
      {},
    ],
    ['but not elsewhere what results are named by', 'name: !ENV X\nsystem: {hostname: !ENV X}', { X: 'kiosk-42' }, {}],
    [
      'as a password even when it is a word',
      'network: {wifi: {ssid: a, country: GB, password: !ENV X}}',
      { X: 'correcthorse' },
      { correcthorse: 'X' },
    ],
    [
      'as a password even when it is short',
      'network: {wifi: {ssid: a, country: GB, password: !ENV X}}',
      { X: 'abcd' },
      { abcd: 'X' },
    ],
    [
      'as a password even when the config says it in clear',
      'system: {hostname: hunter2}\nnetwork: {wifi: {ssid: a, country: GB, password: !ENV X}}',
      { X: 'hunter2' },
      { hunter2: 'X' },
    ],
    ['but not as a password of nothing', 'system: {user: {name: pi, password_hash: !ENV X}}', { X: '!*' }, {}],
    [
      'as a password of an address even when it is a word',
      'from: {debian: {mirrors: [!ENV "http://me:${X}@h/debian"]}}',
      { X: 'horse' },
      { horse: 'X' },
    ],
  ]
  test.each(rows)('%s', async (_, config, env, expected) => {
    const base = BASE.split('\n').filter(
      line => line && !config.split('\n').some(own => own.startsWith(`${line.split(':')[0]}:`)),
    )
    expect(await hidden({ 'main.yaml': `${base.join('\n')}\n${config}\n` }, env)).toEqual(expected)
  })
})
