import { UserError } from '../../scripts/lib/errors.ts'
import { step } from '../../scripts/stage/step.ts'

/** What a Pi's wireless chip needs; 18 MB, so only where it is wanted. */
export const WIFI_PACKAGES = ['wpasupplicant', 'firmware-brcm80211', 'wireless-regdb']

/** @returns a string as wpa_supplicant.conf takes any bytes of: in hexadecimal digits, without quotes. */
export const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex')

/** @returns the `psk=` value: 64 digits are the key itself, 8 to 63 characters a passphrase (IEEE 802.11i, H.4). */
export function psk(password: string): string {
  if (/^[0-9a-fA-F]{64}$/.test(password)) return password
  if (/^[\x20-\x7e]{8,63}$/.test(password)) return `"${password}"`
  throw new UserError('network.wifi.password: a WPA passphrase has 8 to 63 ASCII characters')
}

// After the wired network, whose networkd also does DHCP here; wpa_supplicant only joins the radio network.
export default step({
  title: 'Set up the wireless network',
  skip: ({ config }) => !config.network.wifi && 'network.wifi is not set',

  async run({ config, apt, chroot, render }) {
    const { wifi, nameservers } = config.network
    if (!wifi) return
    await apt.install(WIFI_PACKAGES)
    await render('etc/systemd/network/80-wireless.network.ejs', { nameservers })
    // The command line has net.ifnames=0 (raspi-firmware), so the one radio of a Pi is wlan0.
    await render(
      'etc/wpa_supplicant/wpa_supplicant-wlan0.conf.ejs',
      {
        country: wifi.country,
        ssid: hex(wifi.ssid),
        psk: wifi.password === undefined ? undefined : psk(wifi.password),
      },
      { mode: 0o600 },
    )
    // udev starts wpa_supplicant when the radio appears: enabled the usual way, its unit would make a board without one wait
    // 90 s for the device at every boot.
    await render('etc/udev/rules.d/80-rootsmith-wireless.rules')
    // The package's own service would hold the radio for whoever asks on D-Bus.
    await chroot`systemctl disable wpa_supplicant.service`
  },
})
