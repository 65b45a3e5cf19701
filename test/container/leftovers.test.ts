import { expect, test } from 'bun:test'
import { driverLabel, isOrphan } from '../../scripts/container/leftovers.ts'
import { isRunning, processName } from '../../scripts/container/process.ts'

test('a process has one name as long as it lives, and none afterwards', async () => {
  const child = Bun.spawn(['sleep', '60'])
  const name = processName(child.pid) ?? ''
  expect(name).toMatch(new RegExp(`^${child.pid}-\\d+$`))
  expect(processName(child.pid)).toBe(name)
  expect(isRunning(name)).toBe(true)
  child.kill('SIGKILL')
  await child.exited
  expect(isRunning(name)).toBe(false)
})

test('a container is an orphan when its driver was on this machine and is gone', () => {
  const [machine, own] = driverLabel().split(' ')
  expect(isOrphan(driverLabel())).toBe(false)
  expect(isOrphan(`${machine} 4194305-1`)).toBe(true)
  // The same pid, another process.
  expect(isOrphan(`${machine} ${own?.split('-')[0]}-1`)).toBe(true)
  expect(isOrphan(`another-machine 4194305-1`)).toBe(false)
})
