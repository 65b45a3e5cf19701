import { expect, test } from 'bun:test'
import { ask, debianArch, engineOf } from '../../scripts/container/engine.ts'

test('what docker 20.10 says of itself', () => {
  const info = {
    ServerVersion: '20.10.24',
    Architecture: 'x86_64',
    OSType: 'linux',
    SecurityOptions: ['name=apparmor', 'name=seccomp,profile=default'],
  }
  expect(engineOf('docker', info)).toEqual({
    program: 'docker',
    kind: 'docker',
    version: '20.10.24',
    arch: 'amd64',
    apparmor: true,
    rootless: false,
  })
  expect(
    engineOf('docker', { ...info, SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] }),
  ).toMatchObject({
    apparmor: false,
    rootless: true,
  })
})

test('what podman 4.3 says of itself', () => {
  const info = {
    host: { arch: 'arm64', security: { apparmorEnabled: false, rootless: true } },
    version: { Version: '4.3.1' },
  }
  expect(engineOf('podman', info)).toMatchObject({ kind: 'podman', version: '4.3.1', arch: 'arm64', rootless: true })
})

test('an engine for Windows containers is refused', () => {
  expect(engineOf('docker', { OSType: 'windows' })).toMatchObject({ hint: 'switch it to Linux containers' })
})

test('an engine that is named and not there is refused by its name', async () => {
  expect(await ask({ CONTAINER_ENGINE: 'nerdctl-x', PATH: '/usr/bin' })).toMatchObject({
    reason: 'CONTAINER_ENGINE is nerdctl-x, and there is no such program',
  })
  expect(await ask({ PATH: '/nonexistent' })).toMatchObject({ reason: 'neither docker nor podman is installed' })
})

test('architectures have the names that Debian gives them', () => {
  expect(['x86_64', 'aarch64', 'armv7l', 'riscv64'].map(debianArch)).toEqual(['amd64', 'arm64', 'armhf', 'riscv64'])
})
