/** Building in a container made here from Debian. */
import type { Strategy } from './strategy.ts'

export const debian: Strategy = {
  name: 'debian',
  unusable: async () => [
    {
      reason: 'this version has no container image of its own yet',
      hint: 'build natively: `just setup` installs what that needs',
    },
  ],
  plan: async () => {
    throw new Error('unusable')
  },
  build: async () => {
    throw new Error('the debian strategy was chosen although it is unusable')
  },
}
