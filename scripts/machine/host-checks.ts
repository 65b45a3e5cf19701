/** What `just doctor` says about hosts that are not plain Linux: WSL and macOS. */
import type { Check } from './checks.ts'
import type { Facts } from './facts.ts'

/**
 * Under WSL a drive of Windows is a network file system to Linux (9p): its files have neither owners nor modes of Linux's,
 * it holds no overlay, and every file costs a message to Windows.
 */
export function windowsDrives({ host, onDrive: { cache, project } }: Facts): Check[] {
  if (host !== 'wsl') return []
  const checks: Check[] = []
  if (cache)
    checks.push({
      name: 'Windows drive',
      state: 'bad',
      found: `the cache is on one: ${cache}`,
      means: "files there keep neither their owners nor their modes, so layers can't be kept",
      mend: 'set ROOTSMITH_CACHE to a folder of the distribution, or leave it unset: ~/.cache/rootsmith',
    })
  if (project)
    checks.push({
      name: 'Windows drive',
      state: 'warn',
      found: `the project is on one: ${project}`,
      means: 'reading and writing files there takes many times as long, and modes are lost',
      mend: 'clone it into the home folder of the distribution: git clone … ~/rootsmith',
    })
  return checks.length > 0
    ? checks
    : [{ name: 'Windows drive', state: 'ok', found: "everything is on the distribution's own disk" }]
}

export function macSystem({ os, arch }: Facts): Check {
  return {
    name: 'system',
    state: 'warn',
    found: `${os.name}, ${arch}`,
    means: 'builds run in a container, booting needs QEMU',
    mend: '`just mac-setup` says what is missing for it',
  }
}

export function macEngine({ engine }: Facts): Check {
  if ('name' in engine) return { name: 'containers', state: 'ok', found: engine.name }
  return {
    name: 'containers',
    state: 'bad',
    found: engine.reason,
    means: 'nothing can be built',
    mend: 'just mac-setup --apply',
  }
}
