/** How far apt is, from what it prints: apt-get(8) has no better place to ask that also says bytes. */

export type AptProgress = { message: string; current: number; total: number; unit: 'bytes' | 'packages' }

const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }
const bytes = (number: string, unit: string): number => Math.round(Number(number.replace(',', '')) * (UNITS[unit] ?? 1))

/** @returns a function that takes apt's lines one by one, and answers those that change how far it is. */
export function aptProgress(): (line: string) => AptProgress | undefined {
  let toFetch = 0
  let fetched = 0
  let packages = 0
  let done = 0
  return line => {
    // `Need to get 12.3 MB/45.6 MB of archives.`: the second is what is partly here.
    const need = /^Need to get ([\d.,]+) (\w+)/.exec(line)
    if (need?.[1] && need[2]) toFetch = bytes(need[1], need[2])
    const count = /(\d+) newly installed/.exec(line)
    if (count) packages = Number(count[1]) + Number(/^(\d+) upgraded/.exec(line)?.[1] ?? 0)
    const got = /^Get:\d+ .* \[([\d.,]+) (\w+)\]$/.exec(line)
    if (got?.[1] && got[2] && toFetch) {
      fetched = Math.min(toFetch, fetched + bytes(got[1], got[2]))
      return { message: 'Download packages', current: fetched, total: toFetch, unit: 'bytes' }
    }
    const step = /^(Unpacking|Setting up) (\S+)/.exec(line)
    if (!step || !packages) return undefined
    // Each is unpacked and set up.
    done = Math.min(packages * 2, done + 1)
    return {
      message: `${step[1]} ${step[2]?.replace(/:\w+$/, '')}`,
      current: Math.ceil(done / 2),
      total: packages,
      unit: 'packages',
    }
  }
}
