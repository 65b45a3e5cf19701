/** What emulated programs cost: read from what the handler notes under `--profile-foreign`. */
import { existsSync, readFileSync } from 'node:fs'

/** Times in seconds, with those of the programs that it started and waited for. */
export type ProfileRow = { program: string; runs: number; wall: number; cpu: number }

/** @param file lines `WALL CPU PROGRAM[ TASK]` (handler.c). @returns a row for each program, the dearest first. */
export function readProfile(file: string): ProfileRow[] {
  const rows = new Map<string, ProfileRow>()
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const [, wall, cpu, program] = /^(\S+) (\S+) (.+)$/.exec(line) ?? []
    if (!program) continue
    const row = rows.get(program) ?? { program, runs: 0, wall: 0, cpu: 0 }
    rows.set(program, { ...row, runs: row.runs + 1, wall: row.wall + Number(wall), cpu: row.cpu + Number(cpu) })
  }
  return [...rows.values()].sort((a, b) => b.wall - a.wall)
}

/** Lines of a table of the `most` dearest, and one that sums up the others. */
export function profileLines(rows: ProfileRow[], most = 20): string[] {
  const total = (of: ProfileRow[], key: 'runs' | 'wall' | 'cpu'): number => of.reduce((all, row) => all + row[key], 0)
  const sum = (of: ProfileRow[], program: string): ProfileRow => ({
    program,
    runs: total(of, 'runs'),
    wall: total(of, 'wall'),
    cpu: total(of, 'cpu'),
  })
  if (rows.length === 0) return ['no program was emulated; what is reused runs nothing, `--fresh` runs it all']
  const rest = rows.slice(most)
  const shown = [
    ...rows.slice(0, most),
    ...(rest.length ? [sum(rest, `${rest.length} others`)] : []),
    sum(rows, 'all emulated programs'),
  ]
  const line = ({ program, runs, wall, cpu }: ProfileRow): string =>
    `${wall.toFixed(2).padStart(9)} ${cpu.toFixed(2).padStart(9)} ${String(runs).padStart(7)}  ${program}`
  return ['  wall s     CPU s    runs  emulated program', ...shown.map(line)]
}
