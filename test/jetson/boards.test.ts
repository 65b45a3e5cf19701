import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { boardsOf, requireBoard } from '../../scripts/jetson/boards.ts'
import { layoutsOf, requireLayout } from '../../scripts/jetson/layouts.ts'

let l4t: string
const put = (path: string, content = ''): void => {
  mkdirSync(dirname(join(l4t, path)), { recursive: true })
  writeFileSync(join(l4t, path), content)
}
const sourcing = (conf: string): string => `source "\${LDK_DIR}/${conf}";\n`
beforeAll(() => {
  l4t = mkdtempSync(join(tmpdir(), 'rootsmith-l4t-'))
  put('p3767.conf.common')
  put('nv_public_common_board.conf')
  put('bootloader/extlinux.conf')
  put('p3768-0000-p3767-0000-a0.conf', sourcing('p3767.conf.common'))
  symlinkSync('p3768-0000-p3767-0000-a0.conf', join(l4t, 'jetson-orin-nano-devkit.conf'))
  put('p3737-0000+p3701-0000-as-p3767-0000.conf', sourcing('p3701.conf.common'))
  put('recomputer-orin-j401.conf', `# ours\n  ${sourcing('p3768-0000-p3767-0000-a0.conf')}`)
  put('loop.conf', sourcing('loop.conf'))
  put('p3509-0000+p3668-0001-qspi-emmc.conf')
  symlinkSync('p3509-0000+p3668-0001-qspi-emmc.conf', join(l4t, 'jetson-xavier-nx-devkit-emmc.conf'))
  put('p3509-0000+p3668-0000-qspi-sd.conf')
  put('p2822-0000+p2888-0004.conf')
  put('p3834-0008-p4071-0000-nvme.conf')
})
afterAll(() => rmSync(l4t, { recursive: true }))

describe('boards', () => {
  test('are the .conf files of the top folder, but not what boards have in common', () => {
    const names = boardsOf(l4t).map(({ name }) => name)
    expect(names).toContain('jetson-orin-nano-devkit')
    expect(names).toEqual(names.toSorted())
    for (const no of ['p3767', 'extlinux', 'nv_public_common_board']) expect(names).not.toContain(no)
  })

  test.each([
    ['jetson-orin-nano-devkit', 'orin', false],
    ['recomputer-orin-j401', 'orin', false],
    ['p3737-0000+p3701-0000-as-p3767-0000', 'orin', true],
    ['jetson-xavier-nx-devkit-emmc', 'xavier', true],
    ['p3509-0000+p3668-0000-qspi-sd', 'xavier', false],
    ['p2822-0000+p2888-0004', 'xavier', true],
    ['p3834-0008-p4071-0000-nvme', 'thor', false],
    ['loop', '', true],
  ] as const)('%s has the chip %s, and an eMMC: %p', (name, chip, emmc) => {
    expect(requireBoard(boardsOf(l4t), name)).toEqual({ name, chip, emmc })
  })

  test('one that is not there is answered with those that are', () => {
    try {
      requireBoard(boardsOf(l4t), 'jetson-orin-nano-devkot')
      expect.unreachable()
    } catch (error) {
      const { message, hint } = error as { message: string; hint: string }
      expect(message).toBe('jetson.board: the BSP has no board jetson-orin-nano-devkot')
      expect(hint).toStartWith('did you mean `jetson-orin-nano-devkit`? it has jetson-orin-nano-devkit, ')
    }
  })
})

describe('layouts', () => {
  test('are those that the release has', () => {
    put('tools/kernel_flash/flash_l4t_external.xml')
    put('bootloader/t186ref/cfg/flash_t234_qspi.xml')
    expect(layoutsOf(l4t).orin).toEqual({
      disk: 'tools/kernel_flash/flash_l4t_external.xml',
      qspi: 'bootloader/t186ref/cfg/flash_t234_qspi.xml',
    })
    put('tools/kernel_flash/flash_l4t_t234_nvme.xml')
    put('bootloader/generic/cfg/flash_t234_qspi.xml')
    expect(layoutsOf(l4t).orin).toEqual({
      disk: 'tools/kernel_flash/flash_l4t_t234_nvme.xml',
      qspi: 'bootloader/generic/cfg/flash_t234_qspi.xml',
    })
  })

  test('one that is not there is answered with those that are', () => {
    expect(() => requireLayout(l4t, 'tools/kernel_flash/flash_l4t_external.xml')).not.toThrow()
    expect(() => requireLayout(l4t, 'tools/kernel_flash/mine.xml')).toThrow(
      'jetson.layout: the BSP has no tools/kernel_flash/mine.xml',
    )
  })
})
