import { describe, expect, test } from 'bun:test'
import { aptLines, aptNetwork, aptWords, backOff, NETWORK, proxyEnv } from '../../scripts/lib/network.ts'

const of = (env: Record<string, string>): Record<string, string> => Object.fromEntries(aptNetwork({ env }))

describe('apt', () => {
  test('tries as often and waits as long as our own downloads', () => {
    expect(of({})).toEqual({
      'Acquire::Retries': String(NETWORK.attempts - 1),
      'Acquire::Retries::Delay': 'false',
      'Acquire::http::Timeout': String(NETWORK.silenceMs / 1000),
      'Acquire::https::Timeout': String(NETWORK.silenceMs / 1000),
    })
  })
  test('goes to the next mirror sooner where there is one', () => {
    expect(Object.fromEntries(aptNetwork({ rotates: true, env: {} }))['Acquire::Retries']).toBe('1')
  })
  test('is told of proxies in either spelling', () => {
    expect(of({ HTTP_PROXY: 'http://p:1', https_proxy: 'http://q:2' })).toMatchObject({
      'Acquire::http::Proxy': 'http://p:1',
      'Acquire::https::Proxy': 'http://q:2',
    })
  })
  test('uses a proxy of its own for http alone, whatever else is set', () => {
    expect(
      of({ ROOTSMITH_APT_PROXY: 'http://cache:3142', http_proxy: 'http://p:1', https_proxy: 'http://q:2' }),
    ).toMatchObject({
      'Acquire::http::Proxy': 'http://cache:3142',
      'Acquire::https::Proxy': 'DIRECT',
    })
  })
  test('reaches hosts of no_proxy directly', () => {
    const options = of({ ROOTSMITH_APT_PROXY: 'http://cache:3142', no_proxy: 'own.test, .dom.test,10.0.0.1' })
    expect(options).toMatchObject({
      'Acquire::http::Proxy::own.test': 'DIRECT',
      'Acquire::https::Proxy::own.test': 'DIRECT',
      'Acquire::http::Proxy::10.0.0.1': 'DIRECT',
    })
    // An end of names can't be said so; apt takes it from the environment.
    expect(Object.keys(options).filter(name => name.includes('dom'))).toEqual([])
    expect(of({ http_proxy: 'http://p:1', NO_PROXY: '*' })).toMatchObject({
      'Acquire::http::Proxy': 'DIRECT',
      'Acquire::https::Proxy': 'DIRECT',
    })
  })
  test('gets values that stay values', () => {
    const options = aptNetwork({ env: { http_proxy: 'http://u:"x";y@p:1' } })
    expect(aptLines(options)).toContain('Acquire::http::Proxy "http://u:%22x%22;y@p:1";\n')
    expect(aptWords([['Acquire::Retries', '3']])).toEqual(['-o', 'Acquire::Retries=3'])
  })
})

describe('programs', () => {
  test('see proxies in both spellings, and nothing else of the environment', () => {
    expect(proxyEnv({ HTTP_PROXY: 'http://p:1', NO_PROXY: 'a, b', HOME: '/x', https_proxy: '' })).toEqual({
      http_proxy: 'http://p:1',
      HTTP_PROXY: 'http://p:1',
      no_proxy: 'a,b',
      NO_PROXY: 'a, b',
    })
  })
})

test('waits grow, differ by chance, and have an end', () => {
  expect([2, 3, 4].map(next => backOff(next, 1000, () => 0.5))).toEqual([1000, 2000, 4000])
  expect([0, 1].map(chance => backOff(2, 1000, () => chance))).toEqual([750, 1250])
  expect(backOff(30, 1000)).toBe(NETWORK.maxDelayMs)
})
