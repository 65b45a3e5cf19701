import type { Rule } from '../rules.ts'

/** Debian wants two letters at least (policy 5.6.1); a config's name may be shorter. */
export const packageIsNamed: Rule = ({ components, name, package: { name: own } }, { problem }) =>
  components.length > 0 && own === undefined && !/^[a-z0-9][a-z0-9+.-]+$/.test(name)
    ? problem(['name'], 'cannot name the package of the components', 'set `package.name`, of two characters or more')
    : []
