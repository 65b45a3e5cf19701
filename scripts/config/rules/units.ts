import { basename, extname } from 'node:path'
import type { Rule } from '../rules.ts'
import { oneOf } from '../suggest.ts'
import { kindOf, textOf } from './file.ts'

/** The section that makes a unit of its kind do something; a target needs only the common one. */
const SECTION: Record<string, string> = {
  '.service': 'Service',
  '.timer': 'Timer',
  '.socket': 'Socket',
  '.path': 'Path',
  '.mount': 'Mount',
  '.target': 'Unit',
}

/** Refuses early what systemd would refuse on the device: a unit's name, its section, and how it could be enabled. */
export const unitsAreUnits: Rule = ({ components }, { problem }) =>
  components.flatMap((component, i) => {
    if (component.type !== 'systemd' || kindOf(component.service) !== 'file') return []
    const path = ['components', i, 'service']
    const name = basename(component.service)
    const section = SECTION[extname(name)]
    if (!section) return problem(path, 'is not a unit by its name', `it must end in ${oneOf(Object.keys(SECTION))}`)
    // systemd.unit(5): letters, digits and these; @ marks a template.
    if (!/^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.[a-z]+$/.test(name)) {
      return problem(path, 'is not a unit name', 'systemd takes letters, digits, `:`, `-`, `_`, `.`, `\\` and `@`')
    }
    const sections = sectionsOf(textOf(component.service) ?? '')
    if (!sections.includes(section)) return problem(path, `has no section \`[${section}]\``, 'is it a unit file?')
    if (!component.enable) return []
    if (name.includes('@.'))
      return problem(path, 'is a template, which can be enabled only for an instance', 'add `enable: false`')
    if (sections.includes('Install')) return []
    return problem(
      path,
      'has no section `[Install]`, so it cannot be enabled',
      'add one with `WantedBy=multi-user.target`, or `enable: false`',
    )
  })

function sectionsOf(unit: string): string[] {
  return [...unit.matchAll(/^\[([^\]\n]+)\][ \t]*\r?$/gm)].map(match => match[1] ?? '')
}
