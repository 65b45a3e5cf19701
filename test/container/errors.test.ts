import { expect, test } from 'bun:test'
import { explain } from '../../scripts/container/errors.ts'

/** What docker 20.10, docker 28.2 and podman 4.3 printed. */
const SAID: [string, string, string, RegExp][] = [
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'engine not reachable',
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    /systemctl start docker/,
  ],
  [
    'Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/info": dial unix /var/run/docker.sock: connect: permission denied',
    'engine not reachable',
    'Got permission denied while trying',
    /--groups docker/,
  ],
  [
    'Error response from daemon: Get "https://registry.example.org/v2/": dial tcp: lookup registry.example.org on 10.0.0.1:53: no such host',
    'image not found',
    'Get "https://registry.example.org/v2/": dial tcp',
    /online/,
  ],
  [
    'Error response from daemon: Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
    'image not found',
    'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
    /registry does not answer/,
  ],
  [
    'Error response from daemon: manifest for 127.0.0.1:5000/a:b not found: manifest unknown: manifest unknown',
    'image not found',
    'manifest for 127.0.0.1:5000/a:b not found',
    /name right/,
  ],
  [
    "docker: Error response from daemon: No such image: a:b.\nSee 'docker run --help'.",
    'image not found',
    'No such image: a:b.',
    /name right/,
  ],
  ['invalid reference format', 'invalid specification', 'invalid reference format', /./],
  [
    'write /var/lib/docker/tmp/x: no space left on device',
    'container failed',
    'write /var/lib/docker/tmp/x: no space left on device',
    /system prune/,
  ],
]

for (const [said, kind, line, hint] of SAID) {
  test(`${kind}: ${said.slice(0, 60)}`, () => {
    const error = explain('x', said, 'build failed')
    expect(String(error.kind)).toBe(kind)
    expect(error.message).toStartWith(`x: ${line}`)
    expect(error.hint).toMatch(hint)
  })
}

test('what is not known is told as it is: the last line', () => {
  const error = explain('x', 'one\nERROR: two\n', 'build failed', 7)
  expect(error.message).toBe('x: two')
  expect(String(error.kind)).toBe('build failed')
  expect(error.status).toBe(7)
  expect(explain('x', '', 'build failed', 7).message).toBe('x: exit status 7')
})
