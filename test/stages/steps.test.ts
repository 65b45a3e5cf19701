import { describe, expect, test } from 'bun:test'
import { basePackages } from '../../stages/10-system/10-install-base.ts'
import { hostnameOf } from '../../stages/10-system/20-set-hostname.ts'
import { localeGenLine } from '../../stages/10-system/30-generate-locale.ts'
import { setPasswordHash } from '../../stages/10-system/60-create-user.ts'
import { hex, psk } from '../../stages/30-network/20-set-up-wifi.ts'
import { wantsWifi } from '../../stages/50-cloud-init/10-install-cloud-init.ts'
import { setPasswordDay } from '../../stages/90-finish/20-set-dates.ts'
import { makeConfig } from './config.ts'

const SHADOW = 'root:*:20000:0:99999:7:::\npi:!:20001:0:99999:7:::\npirate:!:0:0:99999:7:::\nold:!::0:99999:7:::\n'

describe('/etc/shadow', () => {
  test('setPasswordHash replaces the password of that user alone, whatever characters the hash has', () => {
    const hash = '$6$salt$& $1 `x`'
    expect(setPasswordHash(SHADOW, 'pi', hash)).toBe(SHADOW.replace('pi:!', () => `pi:${hash}`))
  })

  test('setPasswordDay sets the day of every password, but not of one that must be changed or has no day', () => {
    expect(setPasswordDay(SHADOW, 12345)).toBe(
      'root:*:12345:0:99999:7:::\npi:!:12345:0:99999:7:::\npirate:!:0:0:99999:7:::\nold:!::0:99999:7:::\n',
    )
  })
})

test('localeGenLine takes the charset that Debian gives a locale', () => {
  const supported = 'de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\nde_DE@euro ISO-8859-15\n'
  expect(localeGenLine(supported, 'de_DE.UTF-8')).toBe('de_DE.UTF-8 UTF-8')
  expect(localeGenLine(supported, 'de_DE')).toBe('de_DE ISO-8859-1')
  expect(localeGenLine(supported, 'de_XX.UTF-8')).toBeUndefined()
})

test('the host name is the config’s, else its name without dots', () => {
  expect(hostnameOf(makeConfig({ name: 'pi.v2' }))).toBe('pi-v2')
  expect(hostnameOf(makeConfig({ name: 'pi', system: { hostname: 'kitchen' } }))).toBe('kitchen')
})

describe('wireless network', () => {
  test('a name of any characters goes in as hexadecimal digits', () => {
    expect(hex('Café "1"')).toBe('436166c3a920223122')
  })

  test('64 digits are the key, 8 to 63 characters a passphrase, all else is refused', () => {
    expect(psk('a'.repeat(64))).toBe('a'.repeat(64))
    expect(psk('correct horse "1"')).toBe('"correct horse "1""')
    expect(() => psk('short')).toThrow(/8 to 63/)
    expect(() => psk('pässword1')).toThrow(/ASCII/)
    expect(() => psk('12345678\n')).toThrow(/ASCII/)
  })

  test('wantsWifi finds one in either form of a network-config', () => {
    expect(wantsWifi('version: 2\nwifis: {wlan0: {dhcp4: true}}\n')).toBe(true)
    expect(wantsWifi('network:\n  version: 2\n  wifis: {}\n')).toBe(true)
    expect(wantsWifi('version: 2\nethernets: {eth0: {dhcp4: true}}\n')).toBe(false)
  })
})

describe('what is skipped, and why', () => {
  const skipped = async (config: Parameters<typeof makeConfig>[0]): Promise<string[]> => {
    const names = [
      ...['10-system/10-install-base', '10-system/50-configure-sshd', '10-system/70-write-fstab'],
      ...['20-kernel/10-install-kernel', '30-network/10-install-networkd', '30-network/20-set-up-wifi'],
      ...[
        '40-packages/10-install-packages',
        '50-cloud-init/10-install-cloud-init',
        '60-first-boot/10-install-first-boot',
      ],
      ...['80-initrd/10-make-initrd', '90-finish/05-install-components'],
    ]
    const reasons = await Promise.all(
      names.map(async name => {
        const { default: step } = await import(`../../stages/${name}.ts`)
        const reason = step.skip?.({ config: makeConfig(config) })
        return reason ? [name.replace(/.*\/\d\d-/, '')] : []
      }),
    )
    return reasons.flat()
  }

  test('a plain Pi skips what its config does not ask for', async () => {
    expect(await skipped({})).toEqual(['set-up-wifi', 'install-packages', 'install-cloud-init', 'install-components'])
  })

  test('a Pi with everything skips nothing', async () => {
    const all = {
      network: { wifi: { ssid: 'x', country: 'DE' } },
      packages: ['vim-tiny'],
      cloud_init: { user_data: 'user-data' },
      components: [{ type: 'systemd' as const, service: 'a.service' }],
    }
    expect(await skipped(all)).toEqual([])
  })

  test('a generic rootfs without sshd has nothing of a machine', async () => {
    expect(
      await skipped({ target: 'generic', arch: 'amd64', outputs: ['rootfs'], system: { ssh: false } }),
    ).toHaveLength(11)
  })

  test('a generic rootfs makes an initrd when a package of the config asks for one', async () => {
    const generic = { target: 'generic' as const, outputs: ['rootfs' as const], system: { ssh: false } }
    for (const packages of [['linux-image-arm64'], ['vim-tiny', 'initramfs-tools'], ['linux-image-amd64=6.12.1-1']])
      expect(await skipped({ ...generic, packages })).not.toContain('make-initrd')
    for (const packages of [[], ['linux-libc-dev']])
      expect(await skipped({ ...generic, packages })).toContain('make-initrd')
  })
})

describe('basePackages', () => {
  const extra = (system: NonNullable<Parameters<typeof makeConfig>[0]>['system']) => {
    const plain = basePackages(makeConfig({ system: { ssh: false } }))
    return basePackages(makeConfig({ system: { ssh: false, ...system } })).filter(name => !plain.includes(name))
  }

  test('brings only what the config makes use of', () => {
    expect(extra({ locale: 'en_GB.UTF-8' })).toEqual(['locales'])
    expect(extra({ timezone: 'Europe/London' })).toEqual(['tzdata'])
    expect(extra({ keyboard: { layout: 'gb' } })).toEqual(['console-setup', 'keyboard-configuration', 'kbd'])
    expect(extra({ ssh: true })).toEqual(['openssh-server'])
    expect(extra({ user: { name: 'pi' } })).toEqual(['sudo'])
    expect(extra({ user: { name: 'pi', sudo: 'none' }, locale: 'C.UTF-8', timezone: 'Etc/UTC' })).toEqual([])
  })

  test('is empty for a generic rootfs that asks for nothing', () => {
    expect(
      basePackages(makeConfig({ target: 'generic', arch: 'amd64', outputs: ['rootfs'], system: { ssh: false } })),
    ).toEqual([])
  })
})
