/** What a build asks of a machine, from its config. */
import type { Config } from '../config/schema.ts'
import type { Need } from './strategy.ts'

export const needOf = ({ arch, components }: Config): Need => ({
  arch,
  images: components.some(({ type }) => type === 'docker-compose'),
})
