/** templates/flash/rpi/seed.sh.ejs: what the first start of a card shall know; test/build/flash.test.ts starts one. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { MIB } from '../../../scripts/output/size.ts'
import { Card, type Result } from './card.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ/Mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm me@home'
const USER_DATA = `#cloud-config
hostname: image # wins only where nobody says else
ssh_authorized_keys: [ssh-ed25519 AAAAimage]
packages: [tree]
final_message: Grüße
`
let card: Card

beforeAll(async () => {
  const wifi = { ssid: 'factory', country: 'GB' }
  card = await Card.make({ network: { wifi }, image: { boot_size: '3M', free: '8M' } }, async b => {
    await mkdir(join(b.rootfs, 'boot/firmware'), { recursive: true })
    await mkdir(join(b.rootfs, 'etc/wpa_supplicant'), { recursive: true })
    await writeFile(join(b.rootfs, 'boot/firmware/user-data'), USER_DATA)
    await writeFile(join(b.rootfs, 'etc/wpa_supplicant/wpa_supplicant-wlan0.conf'), '')
    await writeFile(join(b.work, 'user-data'), USER_DATA)
  })
  // A real boot partition where the image has it: 4 MiB from its start.
  const fat = join(card.b.work, 'boot.fat')
  await writeFile(fat, Buffer.alloc(3 * MIB))
  for (const words of [
    ['mformat', '-i', fat, '-N', '1', '::'],
    ['mcopy', '-i', fat, join(card.b.work, 'user-data'), '::user-data'],
  ])
    expect(Bun.spawnSync(words).exitCode).toBe(0)
  card.raw = Buffer.concat([card.raw.subarray(0, 4 * MIB), await readFile(fat), card.raw.subarray(7 * MIB)])
  await card.pack()
  await writeFile(join(card.b.work, 'key.pub'), `# mine\n\n${KEY} "\\ quoted"\r\n${KEY}\n`)
})
afterAll(() => card.close())
beforeEach(() => card.blank())

const flash = (args: string[]): Result => card.flash(['--device', card.path, '--yes', ...args])

function onCard(): string {
  const done = Bun.spawnSync(['mtype', '-i', `${card.path}@@${4 * MIB}`, '::user-data'])
  return done.stdout.toString()
}

type Part = { headers: Record<string, string>; text: string; data: Record<string, unknown> }

/** The parts of a MIME archive, as cloud-init gets them. */
function parts(archive: string): Part[] {
  const boundary = /^Content-Type: multipart\/mixed; boundary="([^"]+)"\n/.exec(archive)?.[1]
  const [, ...found] = archive.split(`--${boundary}`)
  expect(found.pop()).toBe('--\n')
  return found.map(part => {
    const [head = '', body = ''] = part.split('\n\n')
    const headers = Object.fromEntries(
      head
        .trim()
        .split('\n')
        .map(line => line.split(': ') as [string, string]),
    )
    expect(headers['Content-Transfer-Encoding']).toBe('base64')
    const text = Buffer.from(body, 'base64').toString()
    return { headers, text, data: parse(text) as Record<string, unknown> }
  })
}

function wifiFile(): { path: string; permissions: string; conf: string } {
  const files = parts(onCard())[0]?.data.write_files as { path: string; permissions: string; content: string }[]
  expect(files).toBeArrayOfSize(1)
  const { path = '', permissions = '', content = '' } = files[0] ?? {}
  return { path, permissions, conf: Buffer.from(content, 'base64').toString() }
}

test('host name and keys become a part of their own, before what the image says', () => {
  const { status, text } = flash(['--hostname', 'kiosk-7', '--ssh-key', 'key.pub'])
  expect(text).toContain('Writing what the first start shall know')
  expect(status).toBe(0)
  const [own, image, ...more] = parts(onCard())
  expect(more).toEqual([])
  expect(own?.text).toStartWith('#cloud-config\n')
  expect(own?.data).toEqual({
    hostname: 'kiosk-7',
    preserve_hostname: false,
    manage_etc_hosts: 'localhost',
    ssh_authorized_keys: [`${KEY} "\\ quoted"`, KEY],
  })
  expect(image?.text).toBe(USER_DATA)
  // cloud-init's own words: what is there stays, lists are joined.
  expect(image?.headers['X-Merge-Type']).toBe('list(append)+dict(no_replace,recurse_array)')
})

test('a wireless network of any name and password comes through as it is', async () => {
  const ssid = '"}\n- evil: {x: "$(reboot)`'
  const password = 'p"ss: #\\x$(id)`'
  await writeFile(join(card.b.work, 'password'), `${password}\r\nsecond line\n`)
  const { status } = flash(['--wifi-ssid', ssid, '--wifi-password-file', 'password', '--wifi-country', 'DE'])
  expect(status).toBe(0)
  const { path, permissions, conf } = wifiFile()
  expect([path, permissions]).toEqual(['/etc/wpa_supplicant/wpa_supplicant-wlan0.conf', '0600'])
  expect(conf).toContain(`\n\tssid=${Buffer.from(ssid).toString('hex')}\n`)
  expect(conf).toContain(`\n\tpsk="${password}"\n`)
  expect(conf).toContain('\ncountry=DE\n')
  expect(parts(onCard())[0]?.data.runcmd).toBeArrayOfSize(1)
})

test('an open network and a key of 64 digits are told from a passphrase; the country is the image’s', async () => {
  await writeFile(join(card.b.work, 'empty'), '')
  await writeFile(join(card.b.work, 'digits'), `${'0a'.repeat(32)}\n`)
  const conf = (file: string): string => {
    expect(flash(['--wifi-ssid', 'x', '--wifi-password-file', file]).status).toBe(0)
    return wifiFile().conf
  }
  expect(conf('empty')).toContain('\n\tkey_mgmt=NONE\n}')
  expect(conf('empty')).toContain('\ncountry=GB\n')
  expect(conf('digits')).toContain(`\n\tpsk=${'0a'.repeat(32)}\n}`)
})

test('the password of a wireless network is asked for without showing it', async () => {
  const { status, text } = await card.flashAnswering(
    ['--device', card.path, '--wifi-ssid', 'home'],
    [
      ['Password of the wireless network home', 'correct horse'],
      ['Type card.img', 'card.img'],
    ],
  )
  expect(text).not.toContain('correct horse')
  expect(text).toContain('Type card.img to go on: card.img')
  expect(status).toBe(0)
  expect(wifiFile().conf).toContain('psk="correct horse"')
})

test('--user-data replaces the image’s, and is joined with other options', async () => {
  const own = '#cloud-config\nruncmd: [[touch, /one]]\nmanage_etc_hosts: true\n'
  await writeFile(join(card.b.work, 'mine.yaml'), own)
  expect(flash(['--user-data', 'mine.yaml']).status).toBe(0)
  expect(onCard()).toBe(own)
  expect(flash(['--user-data', 'mine.yaml', '--hostname', 'x']).status).toBe(0)
  const [first, second] = parts(onCard())
  expect(first?.data).toEqual({ hostname: 'x', preserve_hostname: false })
  expect(second?.text).toBe(own)
})

test('nothing else of the card changes', async () => {
  expect(flash(['--hostname', 'x']).status).toBe(0)
  const seeded = await card.content()
  await card.blank()
  expect(flash([]).status).toBe(0)
  const plain = await card.content()
  expect(seeded.subarray(0, 4 * MIB).equals(plain.subarray(0, 4 * MIB))).toBe(true)
  expect(seeded.subarray(7 * MIB).equals(plain.subarray(7 * MIB))).toBe(true)
  expect(onCard()).toBe(USER_DATA)
})

const BAD: [string, string[], string][] = [
  ['a host name with a space', ['--hostname', 'a b'], 'is not a host name'],
  ['a host name that would add a line', ['--hostname', 'a\nruncmd: x'], 'is not a host name'],
  ['a key file that is missing', ['--ssh-key', 'missing.pub'], 'cannot be read'],
  ['a private key', ['--ssh-key', 'private'], 'is a private key'],
  ['a file that holds no key', ['--ssh-key', 'user-data'], 'are not public ssh keys'],
  ['a key with a control character', ['--ssh-key', 'control.pub'], 'control characters'],
  ['a network name of 33 bytes', ['--wifi-ssid', 'x'.repeat(33), '--wifi-password-file', 'good'], 'at most 32 bytes'],
  ['a passphrase of 7 characters', ['--wifi-ssid', 'x', '--wifi-password-file', 'short'], '8 to 63'],
  ['no password and nobody to ask', ['--wifi-ssid', 'x'], 'no terminal to ask for the password on'],
  [
    'a country that is none',
    ['--wifi-ssid', 'x', '--wifi-password-file', 'good', '--wifi-country', 'xx'],
    'country code',
  ],
  [
    'a country of two lines',
    ['--wifi-ssid', 'x', '--wifi-password-file', 'good', '--wifi-country', 'GB\n}'],
    'country code',
  ],
  ['a password without a network', ['--wifi-password-file', 'good'], 'needs --wifi-ssid'],
  [
    'user-data that cannot be joined',
    ['--user-data', 'script', '--hostname', 'x'],
    'does not start with #cloud-config',
  ],
  ['a value that is empty', ['--hostname='], '--hostname needs a value'],
]
test.each(BAD)('%s is refused before anything is written', async (_, args, said) => {
  const { work } = card.b
  await writeFile(join(work, 'private'), '-----BEGIN OPENSSH PRIVATE KEY-----\n')
  await writeFile(join(work, 'control.pub'), `${KEY}\u0007\n`)
  await writeFile(join(work, 'short'), '1234567\n')
  await writeFile(join(work, 'good'), '12345678\n')
  await writeFile(join(work, 'script'), '#!/bin/sh\n')
  expect(flash(args)).toMatchObject({ status: 2, text: expect.stringContaining(said) })
  expect(await card.untouched()).toBe(true)
})

test('an image without cloud-init, or without a wireless network, says that it cannot be told', async () => {
  const other = await Card.make()
  const args = ['--device', other.path, '--yes']
  expect(other.flash([...args, '--hostname', 'x'])).toMatchObject({
    status: 2,
    text: expect.stringContaining('has no cloud-init'),
  })
  expect(await other.untouched()).toBe(true)
  await mkdir(join(other.b.rootfs, 'boot/firmware'), { recursive: true })
  for (const folder of [join(other.b.rootfs, 'boot/firmware'), other.b.work])
    await writeFile(join(folder, 'user-data'), USER_DATA)
  await writeFile(join(other.b.work, 'good'), '12345678\n')
  await other.pack()
  expect(other.flash([...args, '--wifi-ssid', 'x', '--wifi-password-file', 'good'])).toMatchObject({
    status: 2,
    text: expect.stringContaining('no wireless network'),
  })
  expect(await other.untouched()).toBe(true)
  await other.close()
})
