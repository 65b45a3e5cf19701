/** Rules about a Jetson: what its target needs, and what only its target has. What the BSP holds is seen when it is opened. */
import type { Rule } from '../rules.ts'

export const jetsonIsArm64: Rule = ({ target, arch }, { problem }) =>
  target === 'jetson' && arch !== 'arm64' ? problem(['arch'], 'must be `arm64` for the target `jetson`') : []

export const jetsonHasKeys: Rule = ({ target, jetson }, { problem }) => {
  if (target === 'jetson' && !jetson)
    return problem(
      ['target'],
      'needs the key `jetson`: which BSP, and which board',
      'write `jetson: {bsp: {path: …}, board: jetson-orin-nano-devkit}`',
    )
  return target !== 'jetson' && jetson
    ? problem(['jetson'], `is for the target \`jetson\`, and this one is \`${target}\``, 'leave it out')
    : []
}

export const oneBsp: Rule = ({ jetson }, { problem }) => {
  if (!jetson) return []
  const given = [jetson.bsp.path, jetson.bsp.url].filter(source => source !== undefined)
  const [archive] = given
  if (given.length === 1 && archive !== undefined && !/\.(tbz2|tar\.bz2)([?#].*)?$/.test(archive))
    return problem(
      ['jetson', 'bsp', jetson.bsp.path === undefined ? 'url' : 'path'],
      'is no BSP by its name',
      'NVIDIA calls it Jetson_Linux_R<version>_aarch64.tbz2',
    )
  if (given.length === 1) return []
  return problem(
    ['jetson', 'bsp'],
    given.length === 0 ? 'names no archive' : 'names two archives, and there is one BSP',
    'write either `path: …` or `url: https://…`',
  )
}

/** NVIDIA's script that makes the first user does not run before; on a device without one the first boot asks. */
export const licenceIsAccepted: Rule = ({ jetson, system: { user } }, { problem }) =>
  jetson && user && !jetson.accept_license
    ? problem(
        ['jetson'],
        "makes the user of `system.user`, for which NVIDIA's licence must be accepted",
        'read Tegra_Software_License_Agreement-Tegra-Linux.txt in the BSP, then write `accept_license: true`',
      )
    : []

/** The module's own storage has the layout of its board. */
export const layoutNeedsDisk: Rule = ({ jetson }, { problem }) =>
  jetson?.layout !== undefined && jetson.storage === 'internal'
    ? problem(
        ['jetson', 'layout'],
        'is the layout of a disk beside the module, and `storage` is `internal`',
        'leave it out, or write `storage: nvme` or `storage: usb`',
      )
    : []

/** The stage that joins a wireless network knows the radio of a Pi. */
export const wifiNeedsPi: Rule = ({ target, network: { wifi } }, { problem }) =>
  target === 'jetson' && wifi
    ? problem(
        ['network', 'wifi'],
        'is not supported for the target `jetson`',
        "NVIDIA's rootfs has NetworkManager: put a connection into /etc/NetworkManager/system-connections",
      )
    : []
