import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { loadConfig } from '../../../scripts/config/load.ts'
import { requireBsp } from '../../../scripts/jetson/present.ts'
import { BASE, inFolder, table } from '../folder.ts'

/** Seven lines that are valid for a Jetson, its BSP not looked for. */
const JETSON = `name: small
target: jetson
arch: arm64
from: {debian: {}}
outputs: [rootfs]
jetson:
  board: jetson-orin-nano-devkit
  bsp: {path: b.tbz2}
`
const USER = "system: {user: {name: operator, password_hash: '*'}}\n"

table('a Jetson', [
  ['needs a BSP and a board', JETSON, []],
  ['is arm64', JETSON.replace('arm64', 'armhf'), ['main.yaml:3 arch: must be `arm64` for the target `jetson`']],
  [
    'has keys of its own',
    JETSON.slice(0, JETSON.indexOf('jetson:\n')),
    [
      'main.yaml:2 target: needs the key `jetson`: which BSP, and which board [write `jetson: {bsp: {path: …}, board: jetson-orin-nano-devkit}`]',
    ],
  ],
  [
    'alone has them',
    `${BASE}jetson: {board: b, bsp: {path: b.tbz2}}\n`,
    ['main.yaml:6 jetson: is for the target `jetson`, and this one is `generic` [leave it out]'],
  ],
  [
    'has a BSP',
    JETSON.replace('{path: b.tbz2}', '{}'),
    ['main.yaml:8 jetson.bsp: names no archive [write either `path: …` or `url: https://…`]'],
  ],
  [
    'has one BSP',
    JETSON.replace('b.tbz2', 'b.tbz2, url: "https://example.org/b.tbz2"'),
    ['main.yaml:8 jetson.bsp: names two archives, and there is one BSP [write either `path: …` or `url: https://…`]'],
  ],
  ['may have it by https', JETSON.replace('path: b.tbz2', 'url: "https://example.org/b.tbz2?v=1"'), []],
  [
    'has a BSP by its name',
    JETSON.replace('b.tbz2', 'b.zip'),
    ['main.yaml:8 jetson.bsp.path: is no BSP by its name [NVIDIA calls it Jetson_Linux_R<version>_aarch64.tbz2]'],
  ],
  [
    "has a user only under NVIDIA's licence",
    JETSON + USER,
    [
      "main.yaml:6 jetson: makes the user of `system.user`, for which NVIDIA's licence must be accepted [read Tegra_Software_License_Agreement-Tegra-Linux.txt in the BSP, then write `accept_license: true`]",
    ],
  ],
  ['has one when it is accepted', `${JETSON}  accept_license: true\n${USER}`, []],
  [
    'has its own layout inside',
    `${JETSON}  layout: tools/kernel_flash/x.xml\n`,
    [
      'main.yaml:9 jetson.layout: is the layout of a disk beside the module, and `storage` is `internal` [leave it out, or write `storage: nvme` or `storage: usb`]',
    ],
  ],
  ['may have a layout for a disk', `${JETSON}  layout: tools/kernel_flash/x.xml\n  storage: usb\n`, []],
  [
    'is no Pi',
    `${JETSON}network: {wifi: {ssid: x, country: DE}}\n`,
    [
      "main.yaml:9 network.wifi: is not supported for the target `jetson` [NVIDIA's rootfs has NetworkManager: put a connection into /etc/NetworkManager/system-connections]",
    ],
  ],
  [
    'has no disk image',
    JETSON.replace('[rootfs]', '[image]'),
    [
      'main.yaml:5 outputs[0]: is a disk image, which only the target `rpi` has [write `outputs: [rootfs]`, or `target: rpi`]',
    ],
  ],
  [
    'has rootfs, deb and bundle',
    {
      'main.yaml': `${JETSON.replace('[rootfs]', '[rootfs, deb, bundle]')}components: [{type: file, source: f, target: /f}]\n`,
      f: '',
    },
    [],
  ],
])

describe('before a build', () => {
  const look = (files: Record<string, string>, env: Record<string, string> = {}): Promise<string> =>
    inFolder(files, async folder => {
      try {
        requireBsp(await loadConfig(join(folder, 'main.yaml'), { env }))
        return ''
      } catch (error) {
        const { message, where, hint } = error as { message: string; where: { line: number }; hint: string }
        return `${where.line} ${message.replaceAll(`${folder}/`, '')} [${hint}]`
      }
    })
  const HINT =
    "[download Jetson_Linux_R<version>_aarch64.tbz2 (the Driver Package, BSP) from NVIDIA's page of Jetson Linux]"

  test('a BSP must be there', async () => {
    expect(await look({ 'main.yaml': JETSON, 'b.tbz2': '' })).toBe('')
    expect(await look({ 'main.yaml': JETSON })).toBe(`8 jetson.bsp.path: b.tbz2 does not exist ${HINT}`)
  })

  test('where the environment says it is stays in the environment', async () => {
    const main = JETSON.replace('{path: b.tbz2}', `{path: !ENV "\${BSP:-none.tbz2}"}`)
    expect(await look({ 'main.yaml': main }, { BSP: '/secret/place.tbz2' })).toBe(
      `8 jetson.bsp.path: the file that \${BSP:-none.tbz2} names does not exist ${HINT}`,
    )
  })

  test('one that is downloaded need not be', async () => {
    expect(await look({ 'main.yaml': JETSON.replace('path: b.tbz2', 'url: "https://example.org/b.tbz2"') })).toBe('')
  })
})
