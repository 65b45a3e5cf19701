/** Sizes as people write and read them. */
import { UserError } from '../lib/errors.ts'

export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

const UNITS: Record<string, number> = { K: KIB, M: MIB, G: GIB }

/**
 * @param text `512M`, `1.5G`: powers of 1024, as in the config's schema
 * @returns bytes
 * @throws UserError when it is not a size
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMG])$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  if (!match || !unit) throw new UserError(`${text} is not a size`, { hint: 'write a number and K, M or G: `512M`' })
  return Math.round(Number(match[1]) * unit)
}

/** @returns bytes in MiB, rounded up: `257M`, as one would write it in a config. */
export const inMiB = (bytes: number): string => `${Math.ceil(bytes / MIB)}M`

export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit
