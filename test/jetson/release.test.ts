import { describe, expect, test } from 'bun:test'
import { readRelease } from '../../scripts/jetson/release.ts'

describe('the release of a BSP', () => {
  const warned: string[] = []
  const release = (stamp: string, name = 'bsp.tbz2'): string =>
    readRelease(stamp, name, message => warned.push(message)).text
  const stamp = (major: number, revision: string): string =>
    `# R${major} (release), REVISION: ${revision}, GCID: 1, BOARD: generic, EABI: aarch64, DATE: Mon Jun  1 09:17:31 UTC 2026\n# KERNEL_VARIANT: oot\n`

  test.each([
    [35, '4.1'],
    [36, '4.3'],
    [38, '2.1'],
    [39, '2.0'],
  ])('r%i.%s is read from its stamp', (major, revision) => {
    expect(release(stamp(major, revision))).toBe(`${major}.${revision}`)
  })

  test('the stamp counts, and without one the name', () => {
    expect(release(stamp(36, '4.3'), 'Jetson_Linux_R35.4.1_aarch64.tbz2')).toBe('36.4.3')
    expect(release('', 'Jetson_Linux_R36.4.3_aarch64.tbz2')).toBe('36.4.3')
    expect(release('', 'jetson_linux_r35.6.0_aarch64.tbz2')).toBe('35.6.0')
    expect(warned).toEqual([])
  })

  test('one that says nothing, or is too old, is refused', () => {
    expect(() => release('', 'bsp.tbz2')).toThrow(/does not say which release/)
    expect(() => release(stamp(32, '7.1'))).toThrow(/is Jetson Linux 32.7.1, and 35 is the oldest/)
  })

  test('one that is too new is warned of', () => {
    expect(release(stamp(40, '1'))).toBe('40.1')
    expect(warned).toEqual(['Jetson Linux 40.1 is newer than any that was tried (39)'])
  })
})
