import { expect, test } from 'bun:test'
import { networkEnv, networkFor } from '../../scripts/container/network.ts'

const from = (...mirrors: string[]) =>
  ({ from: { debian: { mirrors } } }) as unknown as Parameters<typeof networkFor>[1]

test('a proxy or a mirror on the loopback address needs the network of the host', () => {
  expect(networkFor({}, from())).toBeUndefined()
  expect(
    networkFor({ http_proxy: 'http://proxy.example.org:3128' }, from('http://mirror.example.org/debian')),
  ).toBeUndefined()
  expect(networkFor({ http_proxy: 'http://127.0.0.1:3142' }, from())).toBe('host')
  expect(networkFor({ HTTPS_PROXY: 'http://me:secret@localhost:3142/' }, from())).toBe('host')
  expect(networkFor({ http_proxy: 'http://[::1]:3142' }, from())).toBe('host')
  expect(networkFor({}, from('http://mirror.example.org/debian', 'http://localhost/debian'))).toBe('host')
  expect(networkFor({ http_proxy: 'http://localhost.example.org:1' }, from('http://127.example.org/'))).toBeUndefined()
})

test('exceptions from a proxy are no addresses to reach', () => {
  expect(
    networkFor({ no_proxy: 'localhost,127.0.0.1', http_proxy: 'http://proxy.example.org:1' }, from()),
  ).toBeUndefined()
})

test("apt's own proxy counts, and is handed over with the others", () => {
  expect(networkFor({ ROOTSMITH_APT_PROXY: 'http://127.0.0.1:3142' }, from())).toBe('host')
  expect(networkEnv({ ROOTSMITH_APT_PROXY: 'http://cache.example.org:3142', no_proxy: 'a', HOME: '/root' })).toEqual({
    ROOTSMITH_APT_PROXY: 'http://cache.example.org:3142',
    no_proxy: 'a',
    NO_PROXY: 'a',
  })
})
