/** What a stage script exports: `export default step({ title, skip, run })`. */
import type { Config } from '../config/schema.ts'
import type { Context } from './context.ts'

export type Step = {
  /** Shown while it runs: an imperative, as in a table of contents. */
  title: string
  /** Returns why there is nothing to do, or a falsy value. It sees only the config, so that a plan can be made without running. */
  skip?: (context: { config: Config }) => string | false | undefined
  run(context: Context): Promise<void>
}

export function step(definition: Step): Step {
  return definition
}
