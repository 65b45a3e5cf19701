/** One thing that a package holds. */
export type Item = {
  kind: 'file' | 'folder' | 'link'
  /** In the package, relative to its root. */
  target: string
  /** Absolute path on the build machine; '' for a link, and for a file that is made here. */
  source: string
  /** Where a link points, as it is. */
  link: string
  mode: number
  /** `user` or `user:group`. */
  owner: string
  /** Of a file that is made here. */
  content?: string | Uint8Array
}

export type Unit = {
  /** File name, `hello.service`. */
  name: string
  /** Whether it is enabled: asked for, and its [Install] section says where. */
  enable: boolean
  /** Whether there is an [Install] section to act on at all. */
  installable: boolean
  /** `name@.service`: only its instances can be started. */
  template: boolean
  /** Whether the maintainer scripts start and restart it; the units of compose projects have a script of their own. */
  starts: boolean
}
