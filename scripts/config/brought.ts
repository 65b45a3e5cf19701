/** What a rootfs that was brought along keeps as it is. A default says nothing: only what a config asks for is changed in it. */
import type { Config } from './schema.ts'

const because = 'a rootfs that is brought along keeps its own'

/** @returns the reason, or false when the stage is to go on. */
export const keepsOwn = {
  hostname: ({ from, system }: Config) => from.rootfs !== undefined && system.hostname === undefined && because,
  locale: ({ from, system }: Config) => from.rootfs !== undefined && system.locale === 'C.UTF-8' && because,
  timezone: ({ from, system }: Config) => from.rootfs !== undefined && system.timezone === 'Etc/UTC' && because,
  accounts: ({ from, system }: Config) => from.rootfs !== undefined && system.user === undefined && because,
  network: ({ from }: Config) => from.rootfs !== undefined && because,
  resolver: ({ from, network }: Config) => from.rootfs !== undefined && network.nameservers.length === 0 && because,
} as const
