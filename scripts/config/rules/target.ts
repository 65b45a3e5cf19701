/** Rules between the target, what it starts from and what is to come out. */
import type { Rule } from '../rules.ts'

export const oneSource: Rule = ({ from }, { problem }) => {
  const given = Object.entries(from).filter(([, source]) => source !== undefined)
  if (given.length === 1) return []
  const message = given.length === 0 ? 'names no source' : `names ${given.length} sources, and a rootfs starts from one`
  return problem(['from'], message, 'write either `debian: {suite: trixie}` or `rootfs: {path: …}`')
}

export const rpiIsArm64: Rule = ({ target, arch }, { problem }) =>
  target === 'rpi' && arch !== 'arm64'
    ? problem(
        ['arch'],
        'must be `arm64` for the target `rpi`',
        arch === 'armhf' ? '32-bit Raspberry Pi OS is not supported yet' : undefined,
      )
    : []

/** raspi-firmware, which fills the boot partition, lives in non-free-firmware since bookworm. */
export const rpiHasFirmware: Rule = ({ target, from }, { problem }) =>
  target === 'rpi' && from.debian && !from.debian.components.includes('non-free-firmware')
    ? problem(
        ['from', 'debian', 'components'],
        'must include `non-free-firmware` for the target `rpi`',
        'the package raspi-firmware is there: write `[main, non-free-firmware]`',
      )
    : []

export const imageNeedsRpi: Rule = ({ target, outputs }, { problem }) => {
  const index = outputs.indexOf('image')
  return target !== 'rpi' && index >= 0
    ? problem(
        ['outputs', index],
        'is a disk image, which only the target `rpi` has',
        'write `outputs: [rootfs]`, or `target: rpi`',
      )
    : []
}

/** A .run flashes, and nothing flashes a generic rootfs. */
export const bundleNeedsDevice: Rule = ({ target, outputs }, { problem }) => {
  const index = outputs.indexOf('bundle')
  return target === 'generic' && index >= 0
    ? problem(
        ['outputs', index],
        'is a file that flashes a device, which the target `generic` is not',
        'write `outputs: [rootfs]`, or `target: rpi`',
      )
    : []
}

/** The seed is read from the boot partition. */
export const seedNeedsRpi: Rule = ({ target, cloud_init }, { problem }) =>
  cloud_init && target !== 'rpi'
    ? problem(
        ['cloud_init'],
        'needs a boot partition, which only the target `rpi` has',
        'leave it out, or write `target: rpi`',
      )
    : []

/** useradd would fail halfway through the build. */
export const userIsNotRoot: Rule = ({ system: { user } }, { problem }) =>
  user?.name === 'root'
    ? problem(['system', 'user', 'name'], 'must not be `root`, who is locked', 'name a user who may use sudo')
    : []

export const debHasComponents: Rule = ({ outputs, components }, { problem }) => {
  const index = outputs.indexOf('deb')
  return index >= 0 && components.length === 0
    ? problem(
        ['outputs', index],
        'is the package of the components, and there are none',
        'add `components`, or leave `deb` out',
      )
    : []
}

/** A user nobody can become is a mistake, unless it is said: `password_hash: '*'`, as in shadow(5), locks on purpose. */
export const someoneCanLogIn: Rule = ({ system: { user } }, { problem }) =>
  user && user.password_hash === undefined && user.ssh_keys.length === 0
    ? problem(
        ['system', 'user'],
        'has neither `password_hash` nor `ssh_keys`: nobody could log in',
        "give one of them, or `password_hash: '*'` if that is meant",
      )
    : []

/** xz(1) knows levels up to 9; the schema's 19 is zstd's. */
export const levelFitsFormat: Rule = ({ image: { compression } }, { problem }) =>
  compression.format === 'xz' && (compression.level ?? 0) > 9
    ? problem(['image', 'compression', 'level'], 'must be from 1 to 9 for `xz`', 'or write `format: zstd`')
    : []
