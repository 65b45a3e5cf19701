/** The boards of a BSP: `<name>.conf` in its top folder, for its flash scripts. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { didYouMean } from '../config/suggest.ts'
import { UserError } from '../lib/errors.ts'

/** Modules by NVIDIA's number: the chip, and whether there is an eMMC beside the QSPI flash that it starts from. */
const MODULES = {
  p3701: { chip: 'orin', emmc: true },
  p3767: { chip: 'orin', emmc: false },
  p3834: { chip: 'thor', emmc: false },
  p2888: { chip: 'xavier', emmc: true },
  p3668: { chip: 'xavier', emmc: false },
} as const

const NUMBERS = Object.keys(MODULES) as (keyof typeof MODULES)[]

export type Chip = (typeof MODULES)[keyof typeof MODULES]['chip']
/** `chip` is empty for a module that is not known here. */
export type Board = { name: string; chip: Chip | ''; emmc: boolean }

/** @param l4t the folder Linux_for_Tegra. @returns its boards, sorted by name. */
export function boardsOf(l4t: string): Board[] {
  return (
    readdirSync(l4t)
      // What boards have in common is `.conf.common`; r36 and later have one such file that ends in .conf, too.
      .filter(file => file.endsWith('.conf') && !file.includes('common'))
      .sort()
      .map(file => ({ name: file.replace(/\.conf$/, ''), ...moduleOf(l4t, file) }))
  )
}

/** @throws UserError that names the boards there are. */
export function requireBoard(boards: readonly Board[], name: string): Board {
  const found = boards.find(board => board.name === name)
  if (found) return found
  const names = boards.map(board => board.name)
  throw new UserError(`jetson.board: the BSP has no board ${name}`, {
    hint: `${didYouMean(name, names) ?? ''} it has ${names.join(', ')}`.trimStart(),
  })
}

/** From the name of the .conf that a board's link ends at, and of those that it sources. */
function moduleOf(l4t: string, file: string): Omit<Board, 'name'> {
  const seen = new Set<string>()
  const words = (conf: string): string[] => {
    const path = join(l4t, conf)
    if (seen.has(conf) || !existsSync(path)) return []
    seen.add(conf)
    const sourced = [...readFileSync(path, 'utf8').matchAll(/^\s*(?:source|\.) +"?\$\{?LDK_DIR\}?\/([\w.+-]+)"?/gm)]
    return [basename(realpathSync(path)), ...sourced.flatMap(([, next = '']) => [next, ...words(next)])]
  }
  const all = [file, ...words(file)]
  for (const word of all.slice(1)) {
    // A carrier's name may name modules that it stands in for, behind its own: `p3737-0000+p3701-0000-as-p3767-0000`.
    const [first] = NUMBERS.filter(number => word.includes(number)).sort((a, b) => word.indexOf(a) - word.indexOf(b))
    if (!first) continue
    const { chip, emmc } = MODULES[first]
    // The Xavier NX is sold with an eMMC (its boards say so), and in the developer kit with a place for a card.
    return { chip, emmc: emmc || all.some(name => name.includes('emmc')) }
  }
  return { chip: '', emmc: true }
}
