import { expect, test } from 'bun:test'
import type { Engine } from '../../scripts/container/engine.ts'
import { CAPABILITIES, IMAGE_CAPABILITIES, runWords } from '../../scripts/container/run.ts'

const docker: Engine = {
  program: 'docker',
  kind: 'docker',
  version: '20.10.24',
  arch: 'amd64',
  apparmor: false,
  rootless: false,
}
const spec = { image: 'builder:1', name: 'rpi', volume: 'cache', environment: { LANG: 'a b' }, images: false }
const words = (engine = docker, more: object = {}) => runWords(engine, 'id', { ...spec, ...more }, ['true'])
const after = (list: string[], flag: string) => list.flatMap((word, at) => (word === flag ? [list[at + 1]] : []))

test('a container is never privileged, and mounts nothing of the machine', () => {
  for (const engine of [docker, { ...docker, apparmor: true }]) {
    expect(words(engine).some(word => /privileged|--device|--volume|^-v$|--pid|bind/.test(word))).toBe(false)
    expect(after(words(engine), '--mount')).toEqual(['type=volume,source=cache,target=/cache'])
  }
})

test('all capabilities are dropped, and five added', () => {
  expect(after(words(), '--cap-drop')).toEqual(['ALL'])
  expect(after(words(), '--cap-add')).toEqual([...CAPABILITIES])
  expect([...CAPABILITIES].sort()).toEqual(['SETFCAP', 'SETGID', 'SETUID', 'SYS_ADMIN', 'SYS_CHROOT'])
})

test('five more are added where images go into the rootfs, and still it is not privileged', () => {
  const with_ = words(docker, { images: true })
  expect(after(with_, '--cap-add')).toEqual([...CAPABILITIES, ...IMAGE_CAPABILITIES])
  expect([...IMAGE_CAPABILITIES].sort()).toEqual(['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'MKNOD'])
  expect(with_.some(word => /privileged/.test(word))).toBe(false)
})

test('AppArmor is let go of only where it is', () => {
  expect(after(words(), '--security-opt')).toEqual([])
  expect(after(words({ ...docker, apparmor: true }), '--security-opt')).toEqual(['apparmor=unconfined'])
})

test('it says whose it is, goes when it ends, and pulls nothing behind our back', () => {
  expect(words()).toContain('--rm')
  expect(after(words(), '--pull')).toEqual(['never'])
  expect(after(words(), '--label')[0]).toBe('org.rootsmith.build=rpi')
  expect(after(words(), '--label')[1]).toMatch(new RegExp(`^org.rootsmith.driver=\\S+ ${process.pid}-\\d+$`))
})

test("it is in the engine's own network unless another is asked for", () => {
  expect(after(words(), '--network')).toEqual([])
  expect(after(words(docker, { network: 'host' }), '--network')).toEqual(['host'])
})

test('variables are named, and their values are in no command line', () => {
  expect(after(words(), '--env')).toEqual(['LANG'])
  expect(words().join()).not.toContain('a b')
})

test("files are limited everywhere, processes where podman's own limit may be refused", () => {
  expect(after(words(), '--ulimit')).toEqual(['nofile=4096:4096'])
  expect(after(words({ ...docker, kind: 'podman' }), '--ulimit')).toEqual(['nofile=4096:4096', 'nproc=16384:16384'])
})
