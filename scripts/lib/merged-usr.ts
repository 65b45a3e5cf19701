/**
 * A path of a rootfs, relative to its root, under the name that dpkg must see: in Debian /bin, /sbin and /lib are links into
 * /usr, and dpkg loses track of files that are packed under the old names.
 */
export const merged = (target: string): string =>
  target
    .replace(/\/+/g, '/')
    .replace(/^\/|\/$/g, '')
    .replace(/^(bin|sbin|lib|lib32|lib64)(?=\/|$)/, 'usr/$1')
