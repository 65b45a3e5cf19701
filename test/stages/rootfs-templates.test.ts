import { describe, expect, test } from 'bun:test'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import { $ } from 'zx'
import { home } from '../../scripts/lib/paths.ts'
import { partUuid } from '../../scripts/output/ids.ts'

const ROOTFS = join(home, 'templates/rootfs')
/** As scripts/stage renders them. */
const render = (name: string, data: object): Promise<string> =>
  ejs.renderFile(join(ROOTFS, name), data, { escape: String })
/** Lines without comments and empty ones. */
const words = (text: string): string[] => text.split('\n').filter(line => line.trim() !== '' && !/^\s*#/.test(line))

test('every shell script is clean for shellcheck', async () => {
  const scripts = globSync('**/*', { cwd: ROOTFS })
    .map(name => join(ROOTFS, name))
    .filter(file => !file.endsWith('.ejs') && /^#!\/bin\/sh\n/.test(readable(file)))
  expect(scripts.length).toBeGreaterThanOrEqual(2)
  const { stdout, exitCode } = await $({ quiet: true, nothrow: true })`shellcheck --shell=sh ${scripts}`
  expect(stdout).toBe('')
  expect(exitCode).toBe(0)
})

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

test('fstab names both partitions by the ids that the image gets, and starts without the boot partition', async () => {
  const lines = words(await render('etc/fstab.ejs', { boot: partUuid('pi', 1), root: partUuid('pi', 2) }))
  expect(lines.map(line => line.split(/\s+/))).toEqual([
    [`PARTUUID=${partUuid('pi', 2)}`, '/', 'ext4', 'defaults,noatime', '0', '1'],
    [`PARTUUID=${partUuid('pi', 1)}`, '/boot/firmware', 'vfat', 'defaults,umask=0077,nofail', '0', '2'],
  ])
})

describe('sudo', () => {
  for (const [sudo, line] of [
    ['password', 'pi ALL=(ALL:ALL) ALL'],
    ['nopasswd', 'pi ALL=(ALL:ALL) NOPASSWD: ALL'],
  ] as const) {
    test(`with sudo: ${sudo} the policy is \`${line}\``, async () => {
      expect(words(await render('etc/sudoers.d/010-user.ejs', { user: { name: 'pi', sudo } }))).toEqual([line])
    })
  }
})

test('sshd takes passwords only where there is one', async () => {
  const lines = async (passwords: boolean) =>
    words(await render('etc/ssh/sshd_config.d/60-rootsmith.conf.ejs', { passwords }))
  expect(await lines(true)).toContain('PasswordAuthentication yes')
  expect(await lines(false)).toContain('PasswordAuthentication no')
  expect(await lines(true)).toContain('PermitRootLogin no')
})

describe('network', () => {
  for (const kind of ['wired', 'wireless']) {
    test(`${kind}: static nameservers take the place of what DHCP and router advertisements say`, async () => {
      const text = await render(`etc/systemd/network/80-${kind}.network.ejs`, {
        nameservers: ['9.9.9.9', '2620:fe::fe'],
      })
      expect(words(text)).toEqual(expect.arrayContaining(['DHCP=yes', 'DNS=9.9.9.9', 'DNS=2620:fe::fe']))
      expect(words(text).filter(line => line === 'UseDNS=no')).toHaveLength(2)
      expect(await render(`etc/systemd/network/80-${kind}.network.ejs`, { nameservers: [] })).not.toMatch(/DNS/)
    })
  }

  test('wpa_supplicant gets no key for an open network, and no quoting problem for any other', async () => {
    const wpa = (data: object) =>
      render('etc/wpa_supplicant/wpa_supplicant-wlan0.conf.ejs', { country: 'GB', ssid: '6d65', ...data })
    expect(await wpa({ psk: undefined })).toMatch(/key_mgmt=NONE/)
    expect(await wpa({ psk: undefined })).not.toMatch(/psk=/)
    expect(await wpa({ psk: '"a "b" c\\"' })).toContain('\tpsk="a "b" c\\"\n')
  })
})

describe('cloud-init', () => {
  const config = async (data: object) =>
    Bun.YAML.parse(
      await render('etc/cloud/cloud.cfg.d/90_rootsmith.cfg.ejs', {
        user: undefined,
        shell: undefined,
        network: false,
        ...data,
      }),
    )

  test('looks for nothing but the seed on the boot partition', async () => {
    expect(await config({})).toMatchObject({
      datasource_list: ['NoCloud', 'None'],
      datasource: { NoCloud: { seedfrom: 'file:///boot/firmware/' } },
      // A YAML 1.1 reader takes a bare off for false, and cloud-init wants the word.
      growpart: { mode: 'off' },
    })
  })

  test('leaves the network alone when the seed says nothing about it', async () => {
    expect(await config({ network: false })).toMatchObject({ network: { config: 'disabled' } })
    expect(await config({ network: true })).not.toHaveProperty('network')
  })

  test("takes the config's user for its default, with neither password nor sudo of its own", async () => {
    const { system_info } = (await config({ user: 'pi', shell: '/bin/bash', password: true })) as {
      system_info: object
    }
    expect(system_info).toEqual({
      default_user: { name: 'pi', lock_passwd: false, gecos: 'pi', groups: [], sudo: [], shell: '/bin/bash' },
    })
  })
})

test('the units of the first boot are ones that systemd understands', async () => {
  const units = globSync('usr/lib/systemd/system/rootsmith-*', { cwd: ROOTFS })
  expect(units).toHaveLength(2)
  for (const unit of units)
    expect(readFileSync(join(ROOTFS, unit), 'utf8')).toMatch(
      /\[Unit\][\s\S]*first-boot\.done[\s\S]*\[Install\]\nWantedBy=multi-user\.target/,
    )
})
