/** Building in the published builder image. */
import type { Strategy } from './strategy.ts'

export const official: Strategy = {
  name: 'official',
  unusable: async () => [
    {
      reason: 'no builder image has been published yet',
      hint: 'build natively: `just setup` installs what that needs',
    },
  ],
  plan: async () => {
    throw new Error('unusable')
  },
  build: async () => {
    throw new Error('the official strategy was chosen although it is unusable')
  },
}
